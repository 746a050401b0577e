"""`emotion cross-validate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emotion_classifier.cli.experiments.train import RunsOption
from emotion_classifier.cli.settings import Settings, read_run_config
from emotion_classifier.cli.terminal import make_console


def cross_validate(
    settings: Settings = None,
    folds: Annotated[
        list[int] | None,
        typer.Option("--fold", help="Only this fold; may be given several times."),
    ] = None,
    runs: RunsOption = Path("runs"),
) -> None:
    """Train and score every fold of the split, and report on all their test parts together.

    The split of the settings must have folds (k_fold, published). Started again with the same
    settings it goes on where it stopped; folds that are done are not trained again.
    """
    config = read_run_config(settings)
    from emotion_classifier.experiments.train.cross_validation import cross_validate as validate

    folder = validate(config, folds, runs, make_console())
    typer.echo(f"report: {folder / 'report.html'}")
