"""`emotion evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from emotion_classifier.cli.settings import CorpusOption, Settings, read_selection
from emotion_classifier.cli.terminal import make_console
from emotion_classifier.errors import ConfigError


def evaluate(
    model: Annotated[Path, typer.Argument(metavar="RUN_OR_MODEL", help="A run or model folder.")],
    settings: Settings = None,
    corpus: CorpusOption = None,
    part: Annotated[
        Literal["train", "validation", "test", "all"],
        typer.Option("--part", help="Which part of the corpora to score."),
    ] = "test",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder for predictions and report.", show_default=False
        ),
    ] = None,
    misclassified: Annotated[
        int,
        typer.Option(
            "--misclassified",
            min=0,
            help="Copy so many misclassified clips into --output, with a page that plays them.",
        ),
    ] = 0,
) -> None:
    """Score a model on a part of its own run, or of other corpora.

    Without CONFIG and --corpus, RUN_OR_MODEL must be a run: its own split is used. With them, any
    model is scored on corpora that are split as the settings say; --part all takes every clip.
    """
    if misclassified and output is None:
        raise ConfigError("--misclassified copies clips into a folder: name one with --output")
    console = make_console()
    from emotion_classifier.experiments.evaluate.evaluate_model import (
        score_on_corpora,
        score_on_run,
    )

    if not settings and not corpus:
        score_on_run(model, part, output, console, misclassified=misclassified)
    else:
        selection = read_selection(settings, corpus)
        score_on_corpora(model, selection, part, output, console, misclassified=misclassified)
