"""`emotion export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emotion_classifier.cli.settings import CorpusOption, Settings, read_selection
from emotion_classifier.cli.terminal import make_console
from emotion_classifier.errors import ConfigError


def export(
    model: Annotated[
        str,
        typer.Argument(
            metavar="RUN_OR_MODEL", help="A run, a model folder or the name of a bundled model."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the new model.", show_default=False)
    ],
    settings: Settings = None,
    corpus: CorpusOption = None,
    int8: Annotated[bool, typer.Option("--int8", help="Weights and layers of 8 bits.")] = False,
    fp16: Annotated[
        bool, typer.Option("--fp16", help="Weights of 16 bits: half the size.")
    ] = False,
) -> None:
    """Write a smaller model and print the change in UAR, size and time per clip.

    Scored on the test part of the run, or on that of other corpora, split as the settings say; int8
    takes clips of the training part to find the ranges of its layers. Needs the extra "train".
    """
    if int8 == fp16:
        raise ConfigError("give either --int8 or --fp16")
    from emotion_classifier.experiments.exporting import export as write

    selection = read_selection(settings, corpus) if settings or corpus else None
    folder = write(model, "int8" if int8 else "fp16", output, selection, make_console())
    typer.echo(f"model:  {folder}")
