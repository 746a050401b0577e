"""The runs of a comparison, found by folder or name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emotion_classifier.config.document import did_you_mean
from emotion_classifier.errors import RunError
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.report.comparison_report import Efficiency
from emotion_classifier.experiments.compare.efficiency import read_efficiency
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """A run with its predictions and costs; `folder` is None where it has none of its own."""

    name: str
    predictions: LabelledPredictions
    efficiency: Efficiency = field(default_factory=Efficiency)
    folder: Path | None = None


def open_runs(texts: Sequence[str], root: Path) -> list[ComparedRun]:
    """The runs that paths or names stand for, each with a name of its own.

    Parameters
    ----------
    texts : folders that hold ``predictions.csv`` (of a run, the common report of a cross-validation,
        or `emotion evaluate --output`), or names ``experiment/label`` or ``label`` below `root`.

    Raises
    ------
    RunError
        A run is missing, not finished, not unique, or given twice.
    """
    folders = [_find(text, root) for text in texts]
    resolved = [folder.resolve() for folder in folders]
    if twice := [str(f) for f, r in zip(folders, resolved, strict=True) if resolved.count(r) > 1]:
        raise RunError(f"{twice[0]} is given twice: name each run once")
    return [
        ComparedRun(
            name, read_predictions(RunFolder(folder).predictions), read_efficiency(folder), folder
        )
        for name, folder in zip(_names(resolved), folders, strict=True)
    ]


def _find(text: str, root: Path) -> Path:
    folder = _folder(text, root)
    if RunFolder(folder).predictions.is_file():
        return folder
    if RunFolder(folder).config.is_file():
        raise RunError(
            f"{folder} has no predictions.csv: the run is not finished. Continue it with "
            f"`emotion train --resume {folder}`"
        )
    raise RunError(
        f"{folder} has no predictions.csv: give the folder of a run, of the common report of a "
        "cross-validation (LABEL-folds), or of `emotion evaluate --output`"
    )


def _folder(text: str, root: Path) -> Path:
    for path in (Path(text), root / text):
        if path.is_dir():
            return path
    found = sorted(path for path in root.glob("*/*") if path.name == text and path.is_dir())
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(f"{path.parent.name}/{path.name}" for path in found)
        raise RunError(f"{text} is the label of several runs: give {names}")
    known = [f"{path.parent.name}/{path.name}" for path in root.glob("*/*") if path.is_dir()]
    labels = [name.partition("/")[2] for name in known]
    raise RunError(
        f"no run {text}: it is neither a folder nor the name of a run in {root}"
        f"{did_you_mean(text, [*known, *labels])}"
    )


def _names(folders: Sequence[Path]) -> list[str]:
    """The shortest ends of the paths that differ from each other."""
    for parts in range(1, max(len(folder.parts) for folder in folders) + 1):
        names = ["/".join(folder.parts[-parts:]) for folder in folders]
        if len(set(names)) == len(names):
            return names
    raise AssertionError  # the folders differ
