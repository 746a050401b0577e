"""`emotion run`: several runs that a file lists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emotion_classifier.cli.experiments.train import RunsOption
from emotion_classifier.cli.terminal import hint_when_interrupted, report_progress
from emotion_classifier.errors import RunError, abridged

_AGAIN = "start the same command again: it continues, and keeps what is finished"


def run(
    list_file: Annotated[
        Path,
        typer.Argument(
            metavar="LIST",
            help="YAML file of runs, such as configs/models_runs.yml.",
            show_default=False,
        ),
    ],
    settings: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=VALUE", help="Settings of all runs, such as training.epochs=20."
        ),
    ] = None,
    processes: Annotated[
        int, typer.Option(min=1, help="Runs at the same time, each in its own process.")
    ] = 1,
    runs: RunsOption = Path("runs"),
) -> None:
    """Train and evaluate all runs of a list, and summarise them as a table and a figure.

    Started again, it keeps finished runs and continues interrupted ones. A run that fails is named in
    the summary, and the others go on; the command then ends with exit code 2.
    """
    from emotion_classifier.experiments.run_list.config import read_run_list

    listed = read_run_list(list_file, settings or ())
    from emotion_classifier.experiments.run_list.run_list import execute_run_list

    with hint_when_interrupted(_AGAIN), report_progress() as progress:
        result = execute_run_list(listed, root=runs, processes=processes, progress=progress)
    if result.failed:
        names = abridged([one.label for one in result.failed])
        raise RunError(
            f"{len(result.failed)} of {len(listed.runs)} runs failed ({names}): see "
            f"{result.folder / 'summary.md'}, correct the cause, and start the same command again"
        )
