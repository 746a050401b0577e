"""`emotion predict`."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from emotion_classifier.cli.terminal import make_console
from emotion_classifier.errors import AudioError

if TYPE_CHECKING:
    from emotion_classifier.emotions import LabelSet, Prediction

Row = tuple[Path, "Prediction | AudioError"]


def predict(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Recordings.")],
    model: Annotated[
        Path, typer.Option("--model", "-m", help="A model folder, or the folder of a run.")
    ],
    form: Annotated[
        Literal["table", "json", "csv"], typer.Option("--format", help="How to print the answers.")
    ] = "table",
) -> None:
    """Print the emotion, its probabilities and the duration of each recording.

    A recording that cannot be used gets a row that says why, and the exit code 2.
    """
    from emotion_classifier.inference.predictor import Predictor

    predictor = Predictor.load(model)
    answers = zip(files, predictor.predict_many(files), strict=True)
    if form == "table":
        failed = _print_table(list(answers))
    elif form == "csv":
        failed = _print_csv(answers, predictor.labels)
    else:
        failed = _print_json(answers)
    if failed:
        raise typer.Exit(2)


def _print_table(rows: Sequence[Row]) -> int:
    from rich.table import Column, Table
    from rich.text import Text

    table = Table(Column("file", overflow="fold"), box=None, pad_edge=False)
    table.add_column("seconds", justify="right")
    table.add_column("emotion", style="bold")
    table.add_column("probabilities")
    errors = []
    for path, answer in rows:
        if isinstance(answer, AudioError):
            errors.append(answer)
            continue
        ordered = sorted(answer.as_dict().items(), key=lambda pair: -pair[1])
        probabilities = ", ".join(f"{name} {value:.2f}" for name, value in ordered)
        table.add_row(
            Text(str(path)), f"{answer.duration_seconds:.2f}", answer.emotion, probabilities
        )
    if table.row_count:
        make_console().print(table)
    complaints = Console(stderr=True, soft_wrap=True)
    for error in errors:
        complaints.print(f"error: {error}", markup=False, highlight=False)
    return len(errors)


def _print_csv(rows: Iterable[Row], labels: LabelSet) -> int:
    failed = 0
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("file", "duration_seconds", "emotion", *(f"p_{n}" for n in labels), "error"))
    for path, answer in rows:
        if isinstance(answer, AudioError):
            failed += 1
            writer.writerow((path, "", "", *("" for _ in labels), answer.reason))
        else:
            probabilities = (f"{value:.6f}" for value in answer.probabilities)
            seconds = f"{answer.duration_seconds:.3f}"
            writer.writerow((path, seconds, answer.emotion, *probabilities, ""))
    return failed


def _print_json(rows: Iterable[Row]) -> int:
    entries: list[dict[str, object]] = []
    failed = 0
    for path, answer in rows:
        if isinstance(answer, AudioError):
            failed += 1
            entries.append({"file": str(path), "error": answer.reason, "code": answer.code})
            continue
        entries.append(
            {
                "file": str(path),
                "duration_seconds": round(answer.duration_seconds, 3),
                "emotion": answer.emotion,
                "probabilities": {n: round(p, 6) for n, p in answer.as_dict().items()},
            }
        )
    typer.echo(json.dumps(entries, indent=2))
    return failed
