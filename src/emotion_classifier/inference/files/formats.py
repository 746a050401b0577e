"""Formats of predictions: a registry. One more format is one more entry of `PREDICTION_FORMATS`."""

from __future__ import annotations

import csv
import difflib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import ConfigError
from emotion_classifier.inference.files.result import FilePrediction

_TABLE_EMOTIONS = 3


@dataclass(frozen=True)
class PredictionFormat:
    """Text of predictions: ``head``, rows with a separator between them, ``tail``.

    Parameters
    ----------
    row : text of one prediction of a model with these emotions.
    head : text before the rows, for these emotions.
    separator, tail : between and behind the rows.
    parse : reads the row with a number from 0 on, and returns None for the head; raises `ValueError`,
        `KeyError` or `TypeError` for other text. None for a format that cannot be continued.
    quotes_line_breaks : whether a file name with a line break makes a row of several lines.
    """

    row: Callable[[FilePrediction, LabelSet], str]
    head: Callable[[LabelSet], str] = lambda _: ""
    separator: str = ""
    tail: str = ""
    parse: Callable[[str, int, LabelSet], FilePrediction | None] | None = None
    quotes_line_breaks: bool = False


def format_name(name: str | None, output: Path | None) -> str:
    """The name of a format: as given, else by the suffix of the output, else ``table``.

    Raises
    ------
    ConfigError
        There is no such format.
    """
    if name is None:
        suffix = "" if output is None else output.suffix.lower()[1:]
        return suffix if suffix in PREDICTION_FORMATS else "table"
    if name not in PREDICTION_FORMATS:
        near = difflib.get_close_matches(name, PREDICTION_FORMATS, n=1)
        guess = f"; did you mean {near[0]}?" if near else ""
        raise ConfigError(f"unknown format {name!r}: use {', '.join(PREDICTION_FORMATS)}{guess}")
    return name


def printable(text: str) -> str:
    """`text` without characters that would steer a terminal or start a new line."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def _csv_columns(labels: LabelSet) -> list[str]:
    """Names of the columns: ``p_happy`` is the probability of happy."""
    names = ["file", "answer", "emotion", "confidence", "duration_seconds", "speech_share"]
    return [*names, *(f"p_{name}" for name in labels), "code", "error"]


def _csv_row(row: FilePrediction, labels: LabelSet) -> str:
    probabilities = row.probabilities or {}
    values = [row.file, row.answer, row.emotion, _decimal(row.confidence, 6)]
    values += [_decimal(row.duration_seconds, 3), _decimal(row.speech_share, 3)]
    values += [_decimal(probabilities.get(name), 6) for name in labels]
    return _csv_line([value or "" for value in (*values, row.code, row.error)])


def _decimal(value: float | None, decimals: int) -> str | None:
    return None if value is None else f"{value:.{decimals}f}"


def _csv_line(values: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


def _parse_csv(text: str, number: int, labels: LabelSet) -> FilePrediction | None:
    (values,) = csv.reader(io.StringIO(text, newline=""))
    columns = _csv_columns(labels)
    if number == 0:
        if values != columns:
            raise ValueError(f"its columns are {printable(', '.join(values)[:200])}")
        return None
    named = dict(zip(columns, values, strict=True))
    return FilePrediction(named["file"], error=named["error"] or None)


def _json(row: FilePrediction, _labels: LabelSet) -> str:
    return json.dumps(row.as_dict())


def _parse_json(text: str, _number: int, labels: LabelSet) -> FilePrediction:
    values = json.loads(text)
    if "error" not in values and values["probabilities"] is not None:
        found = list(values["probabilities"])
        if found != list(labels.names):
            raise ValueError(f"its emotions are {printable(', '.join(found)[:200])}")
    return FilePrediction(str(values["file"]), error=values.get("error"))


def _table_row(row: FilePrediction, _labels: LabelSet) -> str:
    if row.failed:
        return f"{'failed':<10} {printable(row.file)}: {row.code}: {row.error}\n"
    ordered = sorted((row.probabilities or {}).items(), key=lambda pair: -pair[1])
    probable = ", ".join(f"{name} {value:.2f}" for name, value in ordered[:_TABLE_EMOTIONS])
    seconds = f"{row.duration_seconds:.2f}"
    return _table_line(row.answer or "", seconds, probable, printable(row.file))


def _table_line(answer: str, seconds: str, probable: str, file: str) -> str:
    return f"{answer:<10} {seconds:>8}  {probable:<48}  {file}\n"


PREDICTION_FORMATS: Mapping[str, PredictionFormat] = {
    "table": PredictionFormat(
        _table_row,
        lambda _: _table_line("answer", "seconds", f"{_TABLE_EMOTIONS} most probable", "file"),
    ),
    "json": PredictionFormat(_json, lambda _: "[\n", separator=",\n", tail="\n]\n"),
    "jsonl": PredictionFormat(lambda row, labels: _json(row, labels) + "\n", parse=_parse_json),
    "csv": PredictionFormat(
        _csv_row,
        lambda labels: _csv_line(_csv_columns(labels)),
        parse=_parse_csv,
        quotes_line_breaks=True,
    ),
}
"""Formats by name; a file whose suffix is a name has that format."""
