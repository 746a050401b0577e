"""``predictions.csv``: the predictions of a test part as a table, written and read."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.runs.checksums import check, record
from emotion_classifier.storage import write_atomically

_PREFIX, _VOTES_PREFIX, _ATTRIBUTE_PREFIX = "p_", "perceived_", "speaker_"
_TEXTS = ("id", "file", "corpus", "speaker", "sex", "intensity")
_COLUMNS = (*_TEXTS, "duration_seconds", "true", "predicted", "correct", "confidence")


def write_predictions(path: Path, predictions: LabelledPredictions) -> None:
    """Write one row for each clip: its facts, true and predicted emotion, all probabilities.

    Votes of listeners follow as shares, then attributes of the speakers; the cells of a clip without
    votes or attribute are empty. Numbers are written in full, so that `read_predictions` returns the
    same table.
    """
    text = io.StringIO(newline="")
    # Every text is quoted: a file name may hold any character.
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    header = _header(predictions.labels, votes=predictions.perceived is not None)
    writer.writerow(header + [_ATTRIBUTE_PREFIX + name for name in predictions.speaker_attributes])
    writer.writerows(_row(predictions, index) for index in range(len(predictions)))
    content = text.getvalue().encode("utf-8", "surrogateescape")
    write_atomically(path, content, "Free some space or choose another folder.")
    record(path)


def _header(labels: LabelSet, *, votes: bool) -> list[str]:
    perceived = [_VOTES_PREFIX + name for name in labels] if votes else []
    return [*_COLUMNS, *(_PREFIX + name for name in labels), *perceived]


def _row(predictions: LabelledPredictions, index: int) -> list[object]:
    names = predictions.labels.names
    votes = () if predictions.perceived is None else predictions.perceived[index]
    return [
        predictions.ids[index],
        predictions.files[index],
        predictions.corpora[index],
        predictions.speakers[index],
        predictions.sexes[index] or "",
        predictions.intensities[index] or "",
        float(predictions.durations_seconds[index]),
        names[predictions.true[index]],
        names[predictions.predicted[index]],
        int(predictions.correct[index]),
        predictions.confidence[index],
        *predictions.probabilities[index],
        *("" if np.isnan(share) else share for share in votes),
        *(values[index] or "" for values in predictions.speaker_attributes.values()),
    ]


def read_predictions(path: Path) -> LabelledPredictions:
    """The predictions of a ``predictions.csv``.

    Raises
    ------
    EvaluationError
        The file is missing, is another table, or has a damaged row.
    RunError
        The file is not as it was written.
    """
    check(path)
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            header, *rows = csv.reader(file)
    except (OSError, ValueError, csv.Error) as error:
        raise EvaluationError(
            f"{path} cannot be read as predictions ({error}): it is written by a run or by "
            "`emotion evaluate`"
        ) from error
    attributes = [name for name in header[len(_COLUMNS) :] if name.startswith(_ATTRIBUTE_PREFIX)]
    labels = _labels(path, header[: len(header) - len(attributes)])
    for line, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise EvaluationError(f"{path}: row {line} has {len(row)} cells, not {len(header)}")
    end = len(header) - len(attributes)
    found = _table(path, labels, [row[:end] for row in rows], width=end - len(_COLUMNS))
    columns = {
        name.removeprefix(_ATTRIBUTE_PREFIX): tuple(row[end + index] or None for row in rows)
        for index, name in enumerate(attributes)
    }
    return replace(found, speaker_attributes=columns)


def _labels(path: Path, header: Sequence[str]) -> LabelSet:
    """The emotions that the columns name.

    After the fixed columns come the probabilities and, where there are votes, as many votes.
    """
    shares = header[len(_COLUMNS) :]
    votes = bool(shares) and shares[-1].startswith(_VOTES_PREFIX)
    emotions = shares[: len(shares) // 2] if votes else shares
    names = tuple(name.removeprefix(_PREFIX) for name in emotions)
    if len(names) < 2 or _header(LabelSet(names), votes=votes) != list(header):
        raise EvaluationError(
            f"{path} is not a table of predictions: its columns must be {', '.join(_COLUMNS)}, "
            f"then {_PREFIX}<emotion> for each of two or more emotions, where there are votes "
            f"{_VOTES_PREFIX}<emotion> for each, and last {_ATTRIBUTE_PREFIX}<attribute>"
        )
    return LabelSet(names)


def _table(
    path: Path, labels: LabelSet, rows: Sequence[Sequence[str]], width: int
) -> LabelledPredictions:
    cells = {name: tuple(row[index] for row in rows) for index, name in enumerate(_COLUMNS)}
    try:
        durations = np.array(cells["duration_seconds"], dtype=np.float64)
        shares = [[cell or "nan" for cell in row[len(_COLUMNS) :]] for row in rows]
        numbers = np.array(shares, dtype=np.float32).reshape(len(rows), width)
    except ValueError as error:
        raise EvaluationError(f"{path}: a number is damaged: {error}") from error
    return LabelledPredictions(
        labels=labels,
        ids=cells["id"],
        files=cells["file"],
        corpora=cells["corpus"],
        speakers=cells["speaker"],
        sexes=tuple(cell or None for cell in cells["sex"]),
        intensities=tuple(cell or None for cell in cells["intensity"]),
        durations_seconds=durations,
        true=labels.indices(cells["true"]),
        probabilities=numbers[:, : len(labels)],
        perceived=numbers[:, len(labels) :] if width > len(labels) else None,
    )
