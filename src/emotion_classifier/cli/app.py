"""The command and how its errors end."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from emotion_classifier.cli import config, corpus, cross_validate, demo, evaluate, predict, train
from emotion_classifier.errors import EmotionClassifierError

INTERRUPTED = 130
FAILED = 2

app = typer.Typer(
    name="emotion",
    help="Recognise emotion in speech: train, judge honestly, use.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("train")(train.train)
app.command("cross-validate")(cross_validate.cross_validate)
app.command("evaluate")(evaluate.evaluate)
app.command("predict")(predict.predict)
app.command("demo")(demo.demo)
app.add_typer(corpus.app, name="corpus")
app.add_typer(config.app, name="config")


def main() -> None:
    """Run the command; a mistake of the user ends with one message and exit code 2."""
    try:
        app()
    except EmotionClassifierError as error:
        Console(stderr=True, soft_wrap=True).print(f"error: {error}", markup=False, highlight=False)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted")
        sys.exit(INTERRUPTED)
