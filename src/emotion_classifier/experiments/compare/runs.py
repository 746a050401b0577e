"""The runs of a comparison, found by folder or name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emotion_classifier.config.document import did_you_mean
from emotion_classifier.errors import RunError
from emotion_classifier.evaluation.comparison import Predictions
from emotion_classifier.evaluation.report.comparison_report import Efficiency
from emotion_classifier.evaluation.report.seeds_page import SEED_SCORES
from emotion_classifier.experiments.compare.efficiency import efficiency_of, read_efficiency
from emotion_classifier.runs.named_runs import find_named_run, run_names
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.runs.seed_runs import read_seed_runs

_FILES = ("predictions.csv", SEED_SCORES, "config.yml")
"""A run has one of them; with the last alone it is not finished."""


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """A run with its predictions and costs; `folder` is None where it has none of its own."""

    name: str
    predictions: Predictions
    efficiency: Efficiency = field(default_factory=Efficiency)
    folder: Path | None = None


def open_runs(texts: Sequence[str], root: Path) -> list[ComparedRun]:
    """The runs that paths or names stand for, each with a name of its own.

    Parameters
    ----------
    texts : folders that hold ``predictions.csv`` (of a run, the common report of a cross-validation,
        or `emotion evaluate --output`) or the common report of several seeds, or names below `root`;
        see `find_named_run`.

    Raises
    ------
    RunError
        A run is missing, not finished, not unique, or given twice.
    """
    folders = [_find(text, root) for text in texts]
    resolved = [folder.resolve() for folder in folders]
    if twice := [str(f) for f, r in zip(folders, resolved, strict=True) if resolved.count(r) > 1]:
        raise RunError(f"{twice[0]} is given twice: name each run once")
    return [_open(name, folder) for name, folder in zip(_names(resolved), folders, strict=True)]


def _open(name: str, folder: Path) -> ComparedRun:
    if (seeds := read_seed_runs(folder)) is not None:
        tables = [read_predictions(path / "predictions.csv") for path in seeds.cross_validations]
        return ComparedRun(name, tables, efficiency_of(seeds.runs), folder)
    predictions = read_predictions(RunFolder(folder).predictions)
    return ComparedRun(name, predictions, read_efficiency(folder), folder)


def _find(text: str, root: Path) -> Path:
    folder = _folder(text, root)
    if any((folder / name).is_file() for name in _FILES[:-1]):
        return folder
    if RunFolder(folder).config.is_file():
        raise RunError(
            f"{folder} has no predictions.csv: the run is not finished. Continue it with "
            f"`emotion train --resume {folder}`"
        )
    raise RunError(
        f"{folder} has no predictions.csv: give the folder of a run, of the common report of a "
        "cross-validation (LABEL-folds, or LABEL-seeds), or of `emotion evaluate --output`"
    )


def _folder(text: str, root: Path) -> Path:
    if (path := Path(text)).is_dir():
        return path
    if (found := find_named_run(text, root, _FILES)) is not None:
        return found
    raise RunError(
        f"no run {text}: it is neither a folder nor the name of a run in {root}"
        f"{did_you_mean(text, run_names(root))}"
    )


def _names(folders: Sequence[Path]) -> list[str]:
    """The shortest ends of the paths that differ from each other."""
    for parts in range(1, max(len(folder.parts) for folder in folders) + 1):
        names = ["/".join(folder.parts[-parts:]) for folder in folders]
        if len(set(names)) == len(names):
            return names
    raise AssertionError  # the folders differ
