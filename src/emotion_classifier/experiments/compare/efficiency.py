"""The costs of a finished run, read from its folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean

from emotion_classifier.evaluation.report.comparison_report import Efficiency
from emotion_classifier.evaluation.report.earlier import read_earlier
from emotion_classifier.model_folder.folder import SPECIFICATION, read_specification
from emotion_classifier.runs.history import read_history
from emotion_classifier.runs.run_folder import RunFolder


def read_efficiency(folder: Path) -> Efficiency:
    """The costs of the run in `folder`; of a cross-validation those of its folds.

    The training time is None where a fold is missing.

    Raises
    ------
    RunError, EvaluationError, ModelFolderError
        A file of the run is damaged.
    """
    return efficiency_of([RunFolder(path) for path in _folds(folder)] or [RunFolder(folder)])


def efficiency_of(runs: Sequence[RunFolder]) -> Efficiency:
    """The mean costs of runs; the training time is that of all of them together."""
    models = [run.model for run in runs if (run.model / SPECIFICATION).is_file()]
    specifications = [read_specification(model) for model in models]
    histories = [read_history(run.history) for run in runs if run.history.is_file()]
    complete = len(histories) == len(runs)
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
        training_seconds=sum(row.seconds for rows in histories for row in rows)
        if complete
        else None,
        prediction_share=_mean(_prediction_share(run.report) for run in runs),
    )


def _folds(folder: Path) -> list[Path]:
    """The runs that the common report of a cross-validation names, which lie beside its folder."""
    earlier = read_earlier(RunFolder(folder).report)
    named = str(earlier.facts.get("runs", "")) if earlier else ""
    return [folder.parent / Path(text.strip()).name for text in named.split(",") if text.strip()]


def _prediction_share(report: Path) -> float | None:
    found = read_earlier(report)
    return None if found is None else found.provenance.efficiency.seconds_per_second


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
