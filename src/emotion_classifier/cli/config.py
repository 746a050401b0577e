"""`emotion config`: reference, JSON Schema and check of settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from emotion_classifier.cli.settings import Settings, read_run_config

if TYPE_CHECKING:
    from emotion_classifier.config import StrictConfig

SettingsKind = Literal["run", "inference"]
_SETTINGS_HELP = "Settings of runs, or those of configs/inference_config.yml."

app = typer.Typer(help="The settings of runs and of inference.", no_args_is_help=True)


@app.command("reference")
def reference_(
    settings: Annotated[SettingsKind, typer.Argument(help=_SETTINGS_HELP)] = "run",
    form: Annotated[
        Literal["table", "markdown"], typer.Option("--format", help="How to print the options.")
    ] = "table",
) -> None:
    """Print every option with its meaning, default and range."""
    from rich.console import Console

    from emotion_classifier.config import reference, to_markdown, to_table

    rows = reference(_settings_class(settings))
    if form == "markdown":
        typer.echo(to_markdown(rows), nl=False)
    else:
        Console().print(to_table(rows))


@app.command("schema")
def schema(settings: Annotated[SettingsKind, typer.Argument(help=_SETTINGS_HELP)] = "run") -> None:
    """Print the JSON Schema of settings files; editors check and complete files with it."""
    import json

    from emotion_classifier.config import json_schema

    typer.echo(json.dumps(json_schema(_settings_class(settings)), indent=2, ensure_ascii=False))


@app.command("show")
def show(settings: Settings = None) -> None:
    """Check the settings of a run, and print them with all defaults."""
    from emotion_classifier.config import dump_config

    typer.echo(dump_config(read_run_config(settings)), nl=False)


def _settings_class(settings: SettingsKind) -> type[StrictConfig]:
    if settings == "inference":
        from emotion_classifier.inference.files.config import InferenceConfig

        return InferenceConfig
    from emotion_classifier.experiments.train.config import RunConfig

    return RunConfig
