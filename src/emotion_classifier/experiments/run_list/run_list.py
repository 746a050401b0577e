"""The runs of a list, executed and summarised."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emotion_classifier.experiments.run_list.config import RunList
from emotion_classifier.experiments.run_list.execution import execute_runs
from emotion_classifier.experiments.run_list.summary import (
    FIGURE,
    FinishedRun,
    UnfinishedRun,
    by_validation,
    read_finished_run,
    summary_table,
    write_summary,
)
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.rendering.figures import require_matplotlib
from emotion_classifier.rendering.tables import to_text


@dataclass(frozen=True, eq=False)
class RunListResult:
    """The runs of a list: those that are finished, by validation UAR, and those that failed.

    `folder`, ``root/experiment``, has ``summary.csv``, ``summary.md`` and the figure.
    """

    folder: Path
    runs: tuple[FinishedRun, ...]
    failed: tuple[UnfinishedRun, ...]


def execute_run_list(
    listed: RunList, *, root: Path = Path("runs"), processes: int = 1, progress: Report = ignore
) -> RunListResult:
    """The runs of a list, finished as `execute_runs` does it, and their summary.

    Parameters
    ----------
    root : of the runs.
    processes : runs at the same time.
    progress : receives progress, messages and the table of scores.

    Raises
    ------
    EmotionClassifierError
        As `execute_runs`; or a finished run cannot be read.
    """
    require_matplotlib()
    folder = root / listed.experiment
    others = [read_finished_run(name, run) for name, run in listed.finished.items()]
    configs = [run.config for run in listed.runs]
    outcomes = execute_runs(configs, root=root, processes=processes, progress=progress)
    runs, failed = [], []
    for run, outcome in zip(listed.runs, outcomes, strict=True):
        if outcome.error is None and outcome.folder is not None:
            runs.append(read_finished_run(run.config.label, outcome.folder, run.differences))
        else:
            error = UnfinishedRun(run.config.label, run.differences, str(outcome.error))
            failed.append(error)
    ranked = by_validation([*runs, *others])
    write_summary(folder, ranked, failed)
    progress(Progress(to_text(summary_table(ranked, failed))))
    progress(Progress(f"summary: {folder / 'summary.md'}"))
    if ranked:
        progress(Progress(f"figure:  {folder / FIGURE}"))
    return RunListResult(folder, tuple(ranked), tuple(failed))
