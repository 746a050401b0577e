"""`emotion tune`: search for the best settings of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emotion_classifier.cli.terminal import hint_when_interrupted, report_progress

_AGAIN = "start the same command again: it continues the study, and repeats the trial that was interrupted"


def tune(
    settings: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="Settings of the tuning, as configs/tune.yml.")
    ],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="Single settings, such as trials=50."),
    ] = None,
    runs: Annotated[Path, typer.Option("--runs", help="Folder of all runs.")] = Path("runs"),
) -> None:
    """Search for the best settings of a run, in folds by speaker inside its training data.

    Trials are scored on validation speakers. The best settings are then trained once, and their test
    part is scored once. Started again, it continues; started in several processes or on several
    machines with the same storage, they share the trials.
    """
    from emotion_classifier.experiments.tuning.tune import tune

    with hint_when_interrupted(_AGAIN), report_progress() as progress:
        tune(settings, overrides or (), root=runs, progress=progress)
