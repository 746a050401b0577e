"""The costs of a finished run, read from its folder."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean

from emotion_classifier.evaluation.report.comparison_report import Efficiency
from emotion_classifier.evaluation.report.earlier import read_earlier
from emotion_classifier.model_folder.folder import SPECIFICATION, read_specification
from emotion_classifier.runs.history import read_history
from emotion_classifier.runs.run_folder import RunFolder

_FOLDS = "-folds"


def read_efficiency(folder: Path) -> Efficiency:
    """The costs of the run in `folder`; of a cross-validation those of its folds, which are beside it.

    Raises
    ------
    RunError, EvaluationError, ModelFolderError
        A file of the run is damaged.
    """
    runs = [RunFolder(path) for path in _folds(folder)] or [RunFolder(folder)]
    models = [run.model for run in runs if (run.model / SPECIFICATION).is_file()]
    specifications = [read_specification(model) for model in models]
    seconds = [
        row.seconds for run in runs if run.history.is_file() for row in read_history(run.history)
    ]
    parameters, trained = (
        _mean(getattr(one, name) for one in specifications)
        for name in ("parameters", "trained_parameters")
    )
    bytes_ = _mean(
        sum((model / name).stat().st_size for name in one.files)
        for model, one in zip(models, specifications, strict=True)
    )
    return Efficiency(
        parameters=None if parameters is None else round(parameters),
        trained_parameters=None if trained is None else round(trained),
        model_megabytes=None if bytes_ is None else bytes_ / 1e6,
        training_seconds=sum(seconds) if seconds else None,
        prediction_share=_mean(_prediction_share(run.report) for run in runs),
    )


def _folds(folder: Path) -> list[Path]:
    """The runs of the folds, where `folder` is the common report of a cross-validation."""
    if not folder.name.endswith(_FOLDS):
        return []
    label = re.escape(folder.name.removesuffix(_FOLDS))
    beside = folder.parent.iterdir()
    return sorted(path for path in beside if re.fullmatch(rf"{label}-fold\d+", path.name))


def _prediction_share(report: Path) -> float | None:
    found = read_earlier(report)
    return None if found is None else found.provenance.efficiency.seconds_per_second


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
