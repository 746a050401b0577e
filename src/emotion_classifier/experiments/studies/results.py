"""The predictions of the cells of a study, as confusions by speaker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion_classifier.errors import EmotionClassifierError, EvaluationError
from emotion_classifier.evaluation.metrics import Counts
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.scores import Score, score_counts
from emotion_classifier.evaluation.uncertainty import confusions_by_speaker, resample
from emotion_classifier.experiments.studies.cells import Cell
from emotion_classifier.experiments.train.run import find_run
from emotion_classifier.runs.history import EpochRow, read_history
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder


@dataclass(frozen=True)
class CellResult:
    """The finished runs of a cell.

    Parameters
    ----------
    name : of the cell.
    counts : ``(speaker, true emotion, predicted emotion)``, the folds together and the seeds added up.
    folders : of the runs.
    histories : epochs of each run.
    """

    name: str
    counts: Counts
    folders: tuple[Path, ...]
    histories: tuple[tuple[EpochRow, ...], ...]


@dataclass(frozen=True)
class Results:
    """The results of the cells that are complete.

    Parameters
    ----------
    emotions : of the models.
    speakers : of the test parts, in the order of the counts.
    clips : in the test parts of a cell.
    cells : name → result.
    missing : name of a cell that is not complete → the reason.
    """

    emotions: tuple[str, ...]
    speakers: tuple[str, ...]
    clips: int
    cells: Mapping[str, CellResult]
    missing: Mapping[str, str]

    @property
    def counts(self) -> dict[str, Counts]:
        """Cell → its counts."""
        return {name: cell.counts for name, cell in self.cells.items()}

    def scores(self, seed: int) -> tuple[Score, ...]:
        """The scores of each cell, all with the same resamples of speakers."""
        return tuple(
            score_counts(name, one.counts, resample(one.counts, np.random.default_rng(seed)))
            for name, one in self.cells.items()
        )


def read_results(cells: Sequence[Cell], root: Path, failures: Mapping[str, str]) -> Results:
    """The results of the finished runs of the cells below `root`.

    Parameters
    ----------
    failures : label of a run → the error that ended it.

    Raises
    ------
    EvaluationError
        No cell is complete, or cells have different emotions or test clips.
    """
    complete: dict[str, CellResult] = {}
    missing: dict[str, str] = {}
    reference: LabelledPredictions | None = None
    for cell in cells:
        try:
            by_seed, folders = _read_cell(cell, root, failures)
        except EmotionClassifierError as error:
            missing[cell.name] = str(error)
            continue
        for predictions in by_seed:
            reference = reference or predictions
            _require_same_clips(cell.name, predictions, reference)
        histories = tuple(tuple(read_history(folder.history)) for folder in folders)
        counts = sum(map(_counts, by_seed[1:]), start=_counts(by_seed[0]))
        paths = tuple(folder.path for folder in folders)
        complete[cell.name] = CellResult(cell.name, counts, paths, histories)
    if reference is None:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in missing.items())
        raise EvaluationError(f"no cell of the study is complete ({reasons})")
    speakers = tuple(sorted(set(reference.speakers)))
    return Results(tuple(reference.labels), speakers, len(reference), complete, missing)


def _read_cell(
    cell: Cell, root: Path, failures: Mapping[str, str]
) -> tuple[list[LabelledPredictions], list[RunFolder]]:
    """The pooled predictions of each seed, and the folders of all runs."""
    by_seed, folders = [], []
    for configs in cell.runs.values():
        parts = []
        for config in configs:
            folder = find_run(config, root)
            if folder is None or not folder.report.is_file():
                failure = failures.get(config.label)
                state = "is not finished" if failure is None else f"failed: {failure}"
                raise EvaluationError(f"the run {config.label} {state}")
            parts.append(read_predictions(folder.predictions))
            folders.append(folder)
        by_seed.append(concatenate(parts))
    return by_seed, folders


def _counts(predictions: LabelledPredictions) -> Counts:
    return confusions_by_speaker(
        predictions.true, predictions.predicted, predictions.speakers, len(predictions.labels)
    )


def _require_same_clips(
    name: str, predictions: LabelledPredictions, reference: LabelledPredictions
) -> None:
    if predictions.labels != reference.labels:
        raise EvaluationError(
            f"the cell {name} predicts {', '.join(predictions.labels)}, another cell "
            f"{', '.join(reference.labels)}: the cells of a study need the same emotions"
        )
    if set(predictions.ids) != set(reference.ids):
        differing = set(predictions.ids) ^ set(reference.ids)
        raise EvaluationError(
            f"the cell {name} is tested on other clips than another cell ({len(differing)} are in one "
            f"alone, first {min(differing)}): the cells of a study need the same folds and corpora"
        )
