"""`emotion baseline`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from emotion_classifier.cli.terminal import make_console


def baseline(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Run folders, for example of all folds.")
    ],
    features: Annotated[
        Literal["compare_2016", "egemaps"],
        typer.Option("--features", help="6,373 functionals of ComParE 2016, or 88 of eGeMAPS v02."),
    ] = "compare_2016",
) -> None:
    """Put the classical baseline beside runs: openSMILE functionals and a linear SVM.

    It learns from the training part of each run's own split and answers the test part. Report and
    predictions go into RUN/baseline-FEATURES, those of several folds also into
    LABEL-folds/baseline-FEATURES; the difference to the run's model is printed.

    Needs the extra "baseline". openSMILE (audEERING) may be used for private, research and
    educational purposes only; commercial use needs a licence of audEERING.
    """
    console = make_console()
    from emotion_classifier.experiments.baseline.report import add_baselines

    for folder in add_baselines(runs, features, console):
        typer.echo(f"report: {folder / 'report.html'}")
