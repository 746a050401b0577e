"""`emotion config`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from emotion_classifier.cli.settings import Settings, read_run_config

if TYPE_CHECKING:
    from emotion_classifier.config import StrictConfig

app = typer.Typer(help="The settings of runs and of inference.", no_args_is_help=True)


@app.command("reference")
def reference_(
    what: Annotated[
        Literal["run", "inference"],
        typer.Argument(help="Options of training files, or of configs/inference_config.yml."),
    ] = "run",
    form: Annotated[
        Literal["table", "markdown"], typer.Option("--format", help="How to print the options.")
    ] = "table",
) -> None:
    """Print every option with its meaning, default and range."""
    from rich.console import Console

    from emotion_classifier.config import reference, to_markdown, to_table

    rows = reference(_settings_class(what))
    if form == "markdown":
        typer.echo(to_markdown(rows), nl=False)
    else:
        Console().print(to_table(rows))


@app.command("show")
def show(settings: Settings = None) -> None:
    """Print the settings of a run with every default filled in, and check them."""
    from emotion_classifier.config import dump_config

    typer.echo(dump_config(read_run_config(settings)), nl=False)


def _settings_class(what: Literal["run", "inference"]) -> type[StrictConfig]:
    if what == "inference":
        from emotion_classifier.inference.files.config import InferenceConfig

        return InferenceConfig
    from emotion_classifier.experiments.train.config import RunConfig

    return RunConfig
