"""The command and how its errors end."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer

from emotion_classifier.cli import config, corpus, model
from emotion_classifier.cli.experiments import (
    augment,
    baseline,
    bundle,
    cross_validate,
    demo,
    evaluate,
    export,
    train,
)
from emotion_classifier.cli.inference import listen, predict, timeline
from emotion_classifier.cli.terminal import say_aside
from emotion_classifier.errors import EmotionClassifierError, MissingDependencyError

INTERRUPTED = 130
FAILED = 2
# Imported where their users are imported, so that no module has to guard its own import.
EXTRAS = {
    **dict.fromkeys(
        ("torch", "lightning", "onnx", "onnxscript", "safetensors", "tensorboard", "PIL"), "train"
    ),
    "matplotlib": "plot",
}
"""Library, as it is imported, to the extra that brings it."""

app = typer.Typer(
    name="emotion",
    help="Recognise emotion in speech: train, evaluate_clips honestly, use.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("train")(train.train)
app.command("cross-validate")(cross_validate.cross_validate)
app.command("evaluate")(evaluate.evaluate)
app.command("baseline")(baseline.baseline)
app.command("predict")(predict.predict)
app.command("timeline")(timeline.timeline)
app.command("listen")(listen.listen)
app.command("bundle")(bundle.bundle)
app.command("export")(export.export)
app.command("demo")(demo.demo)
app.add_typer(augment.app, name="augment")
app.add_typer(corpus.app, name="corpus")
app.add_typer(config.app, name="config")
app.add_typer(model.app, name="model")


def main() -> None:
    """Run the command; a mistake of the user ends with one message and exit code 2."""
    # Pydantic looks through all installed packages for plugins: a tenth of the time to predict.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        app()
    except EmotionClassifierError as error:
        _fail(error)
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        _fail(MissingDependencyError(error.name, EXTRAS[error.name], "this command"))
    except KeyboardInterrupt:
        say_aside("interrupted")
        sys.exit(INTERRUPTED)


def _fail(error: EmotionClassifierError) -> NoReturn:
    say_aside(f"error: {error}")
    sys.exit(FAILED)
