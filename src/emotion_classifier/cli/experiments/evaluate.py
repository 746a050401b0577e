"""`emotion evaluate` and `emotion baseline`: commands that score models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from emotion_classifier.cli.settings import CorpusOption, Settings, read_selection
from emotion_classifier.cli.terminal import report_progress
from emotion_classifier.errors import ConfigError


def evaluate_(
    model: Annotated[Path, typer.Argument(metavar="RUN_OR_MODEL", help="A run or model folder.")],
    settings: Settings = None,
    corpus: CorpusOption = None,
    part: Annotated[
        Literal["train", "validation", "test", "all"],
        typer.Option(help="Part of the corpora to score."),
    ] = "test",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for predictions and report.")
    ] = None,
    misclassified: Annotated[
        int,
        typer.Option(
            min=0,
            help="Number of misclassified clips to copy into --output, with a page that plays them.",
        ),
    ] = 0,
) -> None:
    """Score a model on a part of its own run, or of other corpora.

    Without CONFIG and --corpus, RUN_OR_MODEL must be a run: its own split is used. With them, any
    model is scored on other corpora, split by the settings; --part all scores every clip.
    """
    if misclassified and output is None:
        raise ConfigError("--misclassified copies clips into a folder: name one with --output")
    from emotion_classifier.experiments.evaluate.evaluate import evaluate

    data = read_selection(settings, corpus) if settings or corpus else None
    with report_progress() as progress:
        evaluate(
            model,
            data,
            part=part,
            output=output,
            misclassified=misclassified,
            progress=progress,
        )


def baseline(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Run folders, for example of all folds.")
    ],
    features: Annotated[
        Literal["compare_2016", "egemaps"],
        typer.Option(help="6,373 functionals of ComParE 2016, or 88 of eGeMAPS v02."),
    ] = "compare_2016",
) -> None:
    """Compare runs with the classical baseline: openSMILE functionals and a linear SVM.

    The SVM is trained on the training part of each run's own split and scored on the test part.
    Report and predictions go into RUN/baseline-FEATURES, those of several folds also into
    LABEL-folds/baseline-FEATURES; the difference to the run's model is printed.

    Needs the extra "baseline". openSMILE (audEERING) may be used for private, research and
    educational purposes only; commercial use needs a licence of audEERING.
    """
    from emotion_classifier.experiments.baseline.opensmile_svm import add_baselines

    with report_progress() as progress:
        folders = add_baselines(runs, features, progress)
    for folder in folders:
        typer.echo(f"report: {folder / 'report.html'}")
