"""Rows as text: a table to read, JSON, JSON lines, CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from emotion_classifier.emotions import LabelSet
from emotion_classifier.inference.files.result import Row

FormatName: TypeAlias = Literal["table", "json", "jsonl", "csv"]
_TABLE_SHOWS = 3


class RowFormat(NamedTuple):
    """How rows become text, one at a time: ``head``, rows with a separator between them, ``tail``.

    Parameters
    ----------
    head, separator, tail : around the rows.
    text : of one row.
    """

    head: str
    text: Callable[[Row], str]
    separator: str = ""
    tail: str = ""


def row_format(name: FormatName, labels: LabelSet) -> RowFormat:
    """The format of this name, for a model with these emotions."""
    if name == "csv":
        return RowFormat(_line(csv_columns(labels)), lambda row: _csv(row, labels))
    if name == "json":
        return RowFormat("[\n", _json, separator=",\n", tail="\n]\n")
    if name == "jsonl":
        return RowFormat("", lambda row: _json(row) + "\n")
    head = _columns("answer", "seconds", f"{_TABLE_SHOWS} most probable", "file")
    return RowFormat(head, _table)


def csv_columns(labels: LabelSet) -> list[str]:
    """Names of the columns: ``p_happy`` is the probability of happy."""
    names = ["file", "answer", "emotion", "confidence", "duration_seconds", "speech_share"]
    return [*names, *(f"p_{name}" for name in labels), "code", "error"]


def _csv(row: Row, labels: LabelSet) -> str:
    values = [row.answer, row.emotion, _plain(row.confidence, 6)]
    values += [_plain(row.duration_seconds, 3), _plain(row.speech_share, 3)]
    probabilities = row.probabilities or {}
    values += [_plain(probabilities.get(name), 6) for name in labels]
    return _line([row.file, *(value or "" for value in (*values, row.code, row.error))])


def _plain(value: float | None, decimals: int) -> str | None:
    return None if value is None else f"{value:.{decimals}f}"


def _line(values: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


def _json(row: Row) -> str:
    return json.dumps(row.as_dict())


def _table(row: Row) -> str:
    if row.failed:
        return f"{'failed':<10} {printable(row.file)}: {row.code}: {row.error}\n"
    ordered = sorted((row.probabilities or {}).items(), key=lambda pair: -pair[1])
    probable = ", ".join(f"{name} {value:.2f}" for name, value in ordered[:_TABLE_SHOWS])
    return _columns(row.answer or "", f"{row.duration_seconds:.2f}", probable, printable(row.file))


def _columns(answer: str, seconds: str, probable: str, file: str) -> str:
    return f"{answer:<10} {seconds:>8}  {probable:<48}  {file}\n"


def printable(text: str) -> str:
    """`text` without what would steer a terminal or begin a new line."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
