"""`emotion export`: smaller models, with or without their encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emotion_classifier.cli.settings import CorpusOption, Settings, read_selection
from emotion_classifier.cli.terminal import report_progress
from emotion_classifier.errors import ConfigError


def export(
    model: Annotated[
        str,
        typer.Argument(
            metavar="RUN_OR_MODEL", help="A run, a model folder or the name of a bundled model."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the new model.")],
    settings: Settings = None,
    corpus: CorpusOption = None,
    int8: Annotated[bool, typer.Option("--int8", help="Weights and layers of 8 bits.")] = False,
    fp16: Annotated[
        bool, typer.Option("--fp16", help="Weights of 16 bits: half the size.")
    ] = False,
    without_encoder: Annotated[
        bool,
        typer.Option(
            "--without-encoder", help="Leave out the pretrained encoder; its name and hash stay."
        ),
    ] = False,
    encoder: Annotated[
        str | None, typer.Option(help="Hub name or folder of a left out encoder.")
    ] = None,
) -> None:
    """Write a smaller model, or complete one that leaves its encoder out.

    --int8 and --fp16 print the changes in UAR, size and time per clip, measured on the test part of
    the run or of other corpora; int8 measures the ranges of its layers on the training part.
    Otherwise the encoder is left out (--without-encoder) or added. Needs the extra "train".
    """
    if int8 + fp16 + without_encoder > 1:
        raise ConfigError("give one of --int8, --fp16 and --without-encoder")
    if int8 or fp16:
        if encoder is not None:
            raise ConfigError(
                "--encoder completes a model; complete it first, then make it smaller"
            )
        from emotion_classifier.experiments.release.compress import export as write

        data = read_selection(settings, corpus) if settings or corpus else None
        with report_progress() as progress:
            folder = write(model, "int8" if int8 else "fp16", output, data, progress)
    else:
        if settings or corpus:
            raise ConfigError("corpora are only used with --int8 or --fp16: give one of these")
        folder = _remove_or_add_encoder(model, output, encoder, without=without_encoder)
    typer.echo(f"model:  {folder}")


def _remove_or_add_encoder(model: str, output: Path, encoder: str | None, *, without: bool) -> Path:
    """Write the model without its encoder, or complete it with the encoder."""
    from emotion_classifier.inference.bundled import model_folder
    from emotion_classifier.model_folder.folder import read_specification

    if encoder is not None and without:
        raise ConfigError("--encoder completes a model, --without-encoder leaves it out: give one")
    source = model_folder(model)
    facts = read_specification(source).encoder
    if not without and (facts is None or facts.included):
        raise ConfigError(f"{source} is complete: give --int8, --fp16 or --without-encoder")
    from emotion_classifier.experiments.release.slim_model import complete, leave_out_encoder

    return leave_out_encoder(source, output) if without else complete(source, output, encoder)
