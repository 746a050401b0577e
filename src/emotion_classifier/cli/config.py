"""`emotion config`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from emotion_classifier.cli.settings import Settings, read_run_config

app = typer.Typer(help="The settings of a run.", no_args_is_help=True)


@app.command("reference")
def reference_(
    form: Annotated[
        Literal["table", "markdown"], typer.Option("--format", help="How to print the options.")
    ] = "table",
) -> None:
    """Print every option of a training file with its meaning, default and range."""
    from rich.console import Console

    from emotion_classifier.config import reference, to_markdown, to_table
    from emotion_classifier.experiments.config import RunConfig

    rows = reference(RunConfig)
    if form == "markdown":
        typer.echo(to_markdown(rows), nl=False)
    else:
        Console().print(to_table(rows))


@app.command("show")
def show(settings: Settings = None) -> None:
    """Print the settings of a run with every default filled in, and check them."""
    from emotion_classifier.config import dump_config

    typer.echo(dump_config(read_run_config(settings)), nl=False)
