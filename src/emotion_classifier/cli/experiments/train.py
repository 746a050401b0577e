"""`emotion train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emotion_classifier.cli.settings import Settings, read_run_config
from emotion_classifier.cli.terminal import make_console
from emotion_classifier.errors import ConfigError

RunsOption = Annotated[Path, typer.Option("--runs", help="Folder of all runs.")]


def train(
    settings: Settings = None,
    resume: Annotated[
        Path | None,
        typer.Option("--resume", metavar="RUN", help="Go on with an interrupted run instead."),
    ] = None,
    runs: RunsOption = Path("runs"),
) -> None:
    """Train a model, score it on its test part and write everything into a run folder.

    Without CONFIG it reads configs/config.yml.
    """
    console = make_console()
    if resume is not None and settings:
        raise ConfigError(
            "--resume goes on with the run's own settings: leave out CONFIG and KEY=VALUE"
        )
    if resume is None:
        config = read_run_config(settings)
        from emotion_classifier.experiments.train.run import start_run

        folder = start_run(config, runs, console)
    else:
        from emotion_classifier.experiments.train.run import resume_run

        folder = resume_run(resume, console)
    console.print(f"report: {folder.path / 'report.html'}")
    console.print(f"model:  {folder.model}")
