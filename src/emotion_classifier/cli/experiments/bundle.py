"""`emotion bundle`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emotion_classifier.cli.experiments.train import RunsOption
from emotion_classifier.cli.settings import Settings, read_run_config
from emotion_classifier.cli.terminal import make_console


def bundle(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the model.", show_default=False)
    ],
    settings: Settings = None,
    runs: RunsOption = Path("runs"),
) -> None:
    """Score settings by folds, then train on all speakers: a model to give away, with its card.

    The split of the settings must have folds, and training.keep must be last: without a validation
    part nothing tells which epoch is the best. Started again with the same settings it goes on where
    it stopped.
    """
    config = read_run_config(settings)
    from emotion_classifier.experiments.release.bundle import bundle as write

    folder = write(config, runs, output, make_console())
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    typer.echo(f"model:  {folder} ({size:.2f} MB)")
    typer.echo(f"card:   emotion model card {folder}")
