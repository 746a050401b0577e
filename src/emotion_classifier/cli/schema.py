"""`emotion schema`: JSON Schema of every output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from emotion_classifier.cli.terminal import print_json

app = typer.Typer(help="JSON Schema of every output.", no_args_is_help=True)


@app.command("prediction")
def prediction() -> None:
    """Print the schema of a row of `emotion predict --format json` or `jsonl`.

    A row of a recording that cannot be used has only `file`, `code` and `error`.
    """
    from emotion_classifier.inference.files.result import json_schema

    _print(json_schema())


@app.command("event")
def event() -> None:
    """Print the schema of a line of `listen --output` or of `timeline --format jsonl`."""
    from pydantic import TypeAdapter

    from emotion_classifier.inference.events import Event

    _print(TypeAdapter(Event).json_schema(mode="serialization"))


@app.command("timeline")
def timeline() -> None:
    """Print the schema of the lines of `timeline --format jsonl` as one array."""
    from pydantic import TypeAdapter

    from emotion_classifier.inference.events import TimelineEvent

    _print(TypeAdapter(list[TimelineEvent]).json_schema(mode="serialization"))


@app.command("report")
def report() -> None:
    """Print the schema of report.json, which `emotion evaluate` and training write."""
    from emotion_classifier.evaluation.report.report import json_schema

    _print(json_schema())


@app.command("comparison")
def comparison() -> None:
    """Print the schema of comparison.json, which `emotion compare` writes."""
    from emotion_classifier.evaluation.report.comparison_report import json_schema

    _print(json_schema())


def _print(schema: Mapping[str, Any]) -> None:
    from pydantic.json_schema import GenerateJsonSchema

    content = {"$schema": GenerateJsonSchema.schema_dialect, **schema}
    print_json(content)
