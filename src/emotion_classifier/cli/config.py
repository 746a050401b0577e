"""`emotion config`: reference, JSON Schema and check of settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from emotion_classifier.cli.settings import Settings, read_run_config
from emotion_classifier.cli.settings_command import SettingsCommand
from emotion_classifier.cli.terminal import make_console, print_json, print_text

if TYPE_CHECKING:
    from emotion_classifier.config import StrictConfig

SettingsKind = Literal["run", "tuning", "inference", "service"]
_SETTINGS_HELP = "Settings of runs, of `emotion tune`, those of configs/inference_config.yml, or of `emotion serve`."

app = typer.Typer(help="The settings of runs and of inference.", no_args_is_help=True)


@app.command("reference")
def reference_(
    settings: Annotated[SettingsKind, typer.Argument(help=_SETTINGS_HELP)] = "run",
    form: Annotated[
        Literal["table", "markdown"], typer.Option("--format", help="How to print the options.")
    ] = "table",
) -> None:
    """Print every option with its meaning, default and range."""
    from emotion_classifier.config import reference, to_markdown, to_table

    rows = reference(_settings_class(settings))
    if form == "markdown":
        print_text(to_markdown(rows))
    else:
        make_console().print(to_table(rows), soft_wrap=False)


@app.command("schema")
def schema(settings: Annotated[SettingsKind, typer.Argument(help=_SETTINGS_HELP)] = "run") -> None:
    """Print the JSON Schema of settings files; editors check and complete files with it."""
    from emotion_classifier.config import json_schema

    print_json(json_schema(_settings_class(settings)))


@app.command("show", cls=SettingsCommand)
def show(settings: Settings = None) -> None:
    """Check the settings of a run, and print them with all defaults."""
    from emotion_classifier.config import dump_config

    print_text(dump_config(read_run_config(settings)))


def _settings_class(settings: SettingsKind) -> type[StrictConfig]:
    if settings == "inference":
        from emotion_classifier.inference.files.config import InferenceConfig

        return InferenceConfig
    if settings == "service":
        from emotion_classifier.serving.config import ServiceConfig

        return ServiceConfig
    if settings == "tuning":
        from emotion_classifier.experiments.tuning.config import TuningConfig

        return TuningConfig
    from emotion_classifier.experiments.train.config import RunConfig

    return RunConfig
