"""``predictions.csv``: scored clips as a file that every spreadsheet opens, and back."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import EvaluationError, storage_errors
from emotion_classifier.evaluation.scored import ScoredClips

_PREFIX = "p_"
_TEXTS = ("id", "file", "corpus", "speaker", "sex", "intensity")
_COLUMNS = (*_TEXTS, "duration_seconds", "true", "predicted", "correct", "confidence")


def write_predictions(path: Path, scored: ScoredClips) -> None:
    """Write one row for each clip: what is known, true and predicted emotion, all probabilities.

    Numbers are written in full, so that `read_predictions` gives back the same table.
    """
    with (
        storage_errors(path, "Free some space or choose another folder."),
        path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        # Every text is quoted: a file name may hold any character.
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        writer.writerow([*_COLUMNS, *(_PREFIX + name for name in scored.labels)])
        writer.writerows(_row(scored, place) for place in range(len(scored)))


def _row(scored: ScoredClips, place: int) -> list[object]:
    names = scored.labels.names
    return [
        scored.ids[place],
        scored.files[place],
        scored.corpora[place],
        scored.speakers[place],
        scored.sexes[place] or "",
        scored.intensities[place] or "",
        float(scored.durations_seconds[place]),
        names[scored.true[place]],
        names[scored.predicted[place]],
        int(scored.correct[place]),
        scored.confidence[place],
        *scored.probabilities[place],
    ]


def read_predictions(path: Path) -> ScoredClips:
    """The scored clips of a ``predictions.csv``.

    Raises
    ------
    EvaluationError
        The file is missing, is no such table, or a row of it is damaged.
    """
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            header, *rows = csv.reader(file)
    except (OSError, ValueError, csv.Error) as error:
        raise EvaluationError(
            f"{path} cannot be read as predictions ({error}): it is written by a run or by "
            "`emotion evaluate`"
        ) from error
    labels = _labels(path, header)
    for line, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise EvaluationError(f"{path}: row {line} has {len(row)} cells, not {len(header)}")
    return _table(path, labels, rows)


def _labels(path: Path, header: Sequence[str]) -> LabelSet:
    emotions = header[len(_COLUMNS) :]
    if tuple(header[: len(_COLUMNS)]) != _COLUMNS or not all(
        name.startswith(_PREFIX) for name in emotions
    ):
        raise EvaluationError(
            f"{path} is no table of predictions: its columns must be {', '.join(_COLUMNS)}, "
            f"then {_PREFIX}<emotion> for each emotion"
        )
    return LabelSet(tuple(name.removeprefix(_PREFIX) for name in emotions))


def _table(path: Path, labels: LabelSet, rows: Sequence[Sequence[str]]) -> ScoredClips:
    cells = {name: tuple(row[place] for row in rows) for place, name in enumerate(_COLUMNS)}
    try:
        durations = np.array(cells["duration_seconds"], dtype=np.float64)
        probabilities = np.array([row[len(_COLUMNS) :] for row in rows], dtype=np.float32)
    except ValueError as error:
        raise EvaluationError(f"{path}: a number is damaged: {error}") from error
    return ScoredClips(
        labels=labels,
        ids=cells["id"],
        files=cells["file"],
        corpora=cells["corpus"],
        speakers=cells["speaker"],
        sexes=tuple(cell or None for cell in cells["sex"]),
        intensities=tuple(cell or None for cell in cells["intensity"]),
        durations_seconds=durations,
        true=labels.indices(cells["true"]),
        probabilities=probabilities.reshape(len(rows), len(labels)),
    )
