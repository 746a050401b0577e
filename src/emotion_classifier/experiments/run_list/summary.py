"""The summary of several runs: a table as CSV and Markdown, and a figure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion_classifier.config.document import inline
from emotion_classifier.errors import RunError
from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.report.tables import DASH, interval_text, percent, value_text
from emotion_classifier.evaluation.scores import Score
from emotion_classifier.model_folder.folder import read_specification
from emotion_classifier.rendering.figures import to_png
from emotion_classifier.rendering.run_plots import RunCurves, comparison_plot
from emotion_classifier.rendering.tables import Table, to_markdown
from emotion_classifier.runs.history import EpochRow, read_history
from emotion_classifier.runs.named_runs import FOLDER, LABEL, SUMMARY
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.storage import write_atomically, write_csv

FIGURE = "example_comparisons.png"
_REMEDY = "Free some space and run again: finished runs are kept."


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """The numbers of a finished run.

    Parameters
    ----------
    label : its name in the summary.
    folder : of the run.
    differences : settings in which it differs from the other runs, by dotted key.
    parameters : number of weights.
    history : of the training.
    kept_epoch : whose weights the model has; None where they are of several.
    validation_uar : of the model, on the validation part; NaN where it was not measured.
    test : scores of the test part.
    """

    label: str
    folder: Path
    differences: Mapping[str, object]
    parameters: int
    history: Sequence[EpochRow]
    kept_epoch: int | None
    validation_uar: float
    test: Score

    @property
    def seconds(self) -> float:
        """Duration of all epochs."""
        return sum(row.seconds for row in self.history)


@dataclass(frozen=True)
class UnfinishedRun:
    """A run that failed: its label, its differences and the reason."""

    label: str
    differences: Mapping[str, object]
    error: str


def read_finished_run(
    label: str, folder: RunFolder, differences: Mapping[str, object] | None = None
) -> FinishedRun:
    """The numbers of the run in `folder`.

    Raises
    ------
    RunError
        Its report is damaged.
    """
    specification = read_specification(folder.model)
    try:
        report = json.loads(folder.report.read_text("utf-8"))
        test, kept = Score.model_validate(report["overall"]), report.get("kept_epoch")
    except (OSError, ValueError, KeyError) as error:
        raise RunError(
            f"{folder.report} cannot be read as the report of a run: {error!r}"
        ) from error
    validated = specification.validation_uar
    return FinishedRun(
        label,
        folder.path,
        differences or {},
        specification.parameters,
        read_history(folder.history),
        kept,
        math.nan if validated is None else validated,
        test,
    )


def by_validation(runs: Iterable[FinishedRun]) -> list[FinishedRun]:
    """The runs by their validation UAR, the highest first; runs without one last."""

    def rank(run: FinishedRun) -> float:
        return math.inf if math.isnan(run.validation_uar) else -run.validation_uar

    return sorted(runs, key=rank)


def summary_table(runs: Sequence[FinishedRun], unfinished: Sequence[UnfinishedRun] = ()) -> Table:
    """A row for each run, in the given order, with scores of the test part and their intervals."""
    metrics = list(METRICS.values())
    columns = (
        *("run", "differences", "parameters", "epochs", "validation UAR"),
        *(f"test {metrics[0].label}", "95% interval"),
        *(f"test {metric.label}" for metric in metrics[1:]),
        "minutes",
    )
    rows = [_row(run) for run in runs]
    empty = [DASH] * (len(columns) - 2)
    rows += [(one.label, _text(one.differences), *empty) for one in unfinished]
    notes = [
        "By validation UAR. The runs are not chosen by the test scores: of many runs the highest is too "
        "high. `emotion compare` tests differences.",
        *(f"{one.label} failed: {_first_line(one.error)}" for one in unfinished),
    ]
    return Table("runs", columns, rows, notes=notes, left=frozenset({0, 1}))


def write_summary(
    folder: Path, runs: Sequence[FinishedRun], unfinished: Sequence[UnfinishedRun]
) -> None:
    """Write ``summary.csv``, ``summary.md`` and, where a run is finished, the figure, in this order.

    Raises
    ------
    StorageError
        The disk is full or cannot be written.
    """
    write_csv(folder / SUMMARY, _records(runs, unfinished), _REMEDY)
    text = to_markdown(summary_table(runs, unfinished))
    write_atomically(folder / "summary.md", text.encode("utf-8", "backslashreplace"), _REMEDY)
    if runs:
        figure = to_png(comparison_plot([_curves(run) for run in runs]))
        write_atomically(folder / FIGURE, figure, _REMEDY)


def _row(run: FinishedRun) -> tuple[str, ...]:
    metrics = list(METRICS.values())
    headline = run.test[metrics[0].name]
    return (
        run.label,
        _text(run.differences),
        f"{run.parameters:,}",
        _epochs(run),
        percent(run.validation_uar),
        percent(headline.value),
        interval_text(headline),
        *(value_text(run.test[metric.name].value, metric.unit) for metric in metrics[1:]),
        f"{run.seconds / 60:.1f}",
    )


def _epochs(run: FinishedRun) -> str:
    kept = "" if run.kept_epoch is None else f"{run.kept_epoch} of "
    return f"{kept}{len(run.history)}"


def _text(differences: Mapping[str, object]) -> str:
    return ", ".join(f"{key}={value}" for key, value in _inline(differences).items())


def _first_line(error: str) -> str:
    """The line of an error that names it, which of a traceback is the last."""
    lines = error.strip().splitlines() or [""]
    return lines[-1] if lines[0].startswith("Traceback") else lines[0]


def _records(
    runs: Sequence[FinishedRun], unfinished: Sequence[UnfinishedRun]
) -> Iterable[Sequence[object]]:
    """The rows of ``summary.csv``: unrounded numbers, empty where there are none."""
    all_differences = [run.differences for run in runs] + [run.differences for run in unfinished]
    keys = dict.fromkeys(key for differences in all_differences for key in differences)
    bounds = [f"test_{name}{bound}" for name in METRICS for bound in ("", "_low", "_high")]
    numbers = ["parameters", "epochs", "kept_epoch", "validation_uar", *bounds, "seconds"]
    columns = [LABEL, *keys, *numbers, FOLDER, "error"]
    yield columns
    for record in (*map(_record, runs), *map(_unfinished_record, unfinished)):
        yield [record.get(column, "") for column in columns]


def _record(run: FinishedRun) -> dict[str, object]:
    """Column → value."""
    numbers: dict[str, float | None] = {
        "parameters": run.parameters,
        "epochs": len(run.history),
        "kept_epoch": run.kept_epoch,
        "validation_uar": run.validation_uar,
        "seconds": round(run.seconds, 1),
    }
    for name in METRICS:
        estimate = run.test[name]
        numbers[f"test_{name}"] = estimate.value
        if estimate.interval is not None:
            numbers[f"test_{name}_low"] = estimate.interval.low
            numbers[f"test_{name}_high"] = estimate.interval.high
    known = {name: n for name, n in numbers.items() if n is not None and not math.isnan(n)}
    return {LABEL: run.label, **_inline(run.differences), **known, FOLDER: run.folder}


def _unfinished_record(run: UnfinishedRun) -> dict[str, object]:
    return {LABEL: run.label, **_inline(run.differences), "error": _first_line(run.error)}


def _inline(differences: Mapping[str, object]) -> dict[str, str]:
    return {key: inline(value) for key, value in differences.items()}


def _curves(run: FinishedRun) -> RunCurves:
    interval = run.test["uar"].interval
    return RunCurves(
        run.label,
        np.array([row.epoch for row in run.history], float),
        np.array([row.validation_uar for row in run.history]),
        np.array([row.validation_loss for row in run.history]),
        run.validation_uar,
        run.test["uar"].value,
        None if interval is None else (interval.low, interval.high),
    )
