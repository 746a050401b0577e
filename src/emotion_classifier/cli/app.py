"""The command `emotion` and its exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import NoReturn

import typer

from emotion_classifier.cli import config, corpus, model, recipes, schema
from emotion_classifier.cli.experiments import (
    augment,
    compare,
    models,
    report,
    runs,
    stress,
    study,
    train,
    tune,
)
from emotion_classifier.cli.global_options import global_options, in_front
from emotion_classifier.cli.inference import adapt, listen, page, predict, serve, timeline
from emotion_classifier.cli.inference.options import InferenceCommand, expand_options
from emotion_classifier.cli.settings_command import SettingsCommand
from emotion_classifier.cli.streams import (
    discard_output,
    is_closed_pipe,
    name_output,
    prepare_streams,
)
from emotion_classifier.cli.terminal import print_error, print_traceback, shows_tracebacks
from emotion_classifier.cli.termination import end_at_once_when_interrupted, interrupted_by_sigterm
from emotion_classifier.errors import EmotionClassifierError, MissingDependencyError, describe

INTERRUPTED = 130
TERMINATED = 143
FAILED = 2
CLOSED = 1
EXTRAS = {
    **dict.fromkeys(
        ("torch", "lightning", "onnx", "onnxscript", "safetensors", "tensorboard", "PIL"), "train"
    ),
    "matplotlib": "plot",
    **dict.fromkeys(
        (
            *("fastapi", "starlette", "uvicorn", "h11", "prometheus_client", "python_multipart"),
            *("websockets", "httpx2"),
        ),
        "serve",
    ),
    **dict.fromkeys(("optuna", "sqlalchemy"), "tune"),
}
"""Import name of a library → the extra that installs it."""

app = typer.Typer(
    name="emotion",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.callback()(global_options)
app.command("train", cls=SettingsCommand)(train.train)
app.command("distil", cls=SettingsCommand)(train.distil)
app.command("cross-validate", cls=SettingsCommand)(train.cross_validate)
app.command("run", cls=SettingsCommand)(runs.run)
app.command("tune")(tune.tune)
app.command("study")(study.study)
app.command("evaluate", cls=SettingsCommand)(models.evaluate_)
app.command("stress", cls=SettingsCommand)(stress.stress_)
app.command("report")(report.report)
app.command("baseline")(models.baseline)
app.command("compare")(compare.compare)
app.command("predict", cls=InferenceCommand)(expand_options(predict.predict))
app.command("timeline", cls=InferenceCommand)(expand_options(timeline.timeline))
app.command("listen", cls=InferenceCommand)(expand_options(listen.listen))
app.command("serve")(serve.serve)
app.command("adapt")(adapt.adapt)
app.command("bundle", cls=SettingsCommand)(train.bundle)
app.command("export", cls=SettingsCommand)(models.export)
app.command("demo")(train.demo)
app.add_typer(augment.app, name="augment")
app.add_typer(corpus.app, name="corpus")
app.add_typer(recipes.app, name="recipes")
app.add_typer(config.app, name="config")
app.add_typer(model.app, name="model")
app.add_typer(page.app, name="page")
app.add_typer(schema.app, name="schema")


def main() -> None:
    """Run the command; an error of the user ends with one message and exit code 2."""
    # Pydantic searches all installed packages for plugins: a tenth of the time of a prediction.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    prepare_streams()
    with interrupted_by_sigterm() as terminated:
        try:
            _run()
        except KeyboardInterrupt:
            code = TERMINATED if terminated.is_set() else INTERRUPTED
            end_at_once_when_interrupted(code)
            print_error("interrupted")
            sys.exit(code)


@cache  # Typer makes the parameters of every command
def _command() -> Callable[..., object]:
    return typer.main.get_command(app)


def _run() -> None:
    try:
        try:
            _command()(in_front(sys.argv[1:]), prog_name="emotion")
        finally:
            sys.stdout.flush()
    except SystemExit as end:
        if end.code == INTERRUPTED:  # which Typer has made of an interruption
            raise KeyboardInterrupt from None
        raise
    except EmotionClassifierError as error:
        _fail(str(error))
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        _fail(str(MissingDependencyError(error.name, EXTRAS[error.name], "this command")))
    except OSError as error:
        if is_closed_pipe(error):
            discard_output()
            sys.exit(CLOSED)
        name_output(error)
        _fail(describe(error))


def _fail(message: str) -> NoReturn:
    discard_output()
    with suppress(OSError):  # standard error may be full too
        if shows_tracebacks():
            print_traceback()
        print_error(f"error: {message}")
    sys.exit(FAILED)
