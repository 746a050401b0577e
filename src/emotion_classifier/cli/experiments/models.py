"""`emotion evaluate`, `baseline` and `export`: commands on trained models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from emotion_classifier.cli.settings import CorpusOption, Settings, read_selection
from emotion_classifier.cli.terminal import print_line, report_progress
from emotion_classifier.errors import ConfigError


def evaluate_(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="RUN_OR_MODEL", help="A run, a model folder, or an external model (see stress)."
        ),
    ],
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
    risk: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Fit the threshold of uncertain clips on the run's validation part, so that at most "
            "this share of the others is wrong.",
        ),
    ] = None,
) -> None:
    """Score a model on a part of its own run, or of other corpora.

    Without CONFIG and --corpus, RUN_OR_MODEL must be a run: its own split is used. With them, any
    model is scored on other corpora, split by the settings; --part all scores every clip.
    """
    if misclassified and output is None:
        raise ConfigError("--misclassified copies clips into a folder: name one with --output")
    from emotion_classifier.experiments.evaluate.evaluate import evaluate
    from emotion_classifier.experiments.external_models.load import is_external, load_predictor

    data = read_selection(settings, corpus) if settings or corpus else None
    with report_progress() as progress:
        evaluate(
            load_predictor(model) if is_external(model) else model,
            data,
            part=part,
            output=output,
            misclassified=misclassified,
            risk=risk,
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
        print_line(f"report: {folder / 'report.html'}")


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
    int8: Annotated[
        bool, typer.Option("--int8", help="Weights of 8 bits: up to a quarter of the size.")
    ] = False,
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
    the run or of other corpora. Otherwise the encoder is left out (--without-encoder) or added. Needs
    the extra "train".
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
    print_line(f"model:  {folder}")


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
