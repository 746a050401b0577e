"""Options for recognised words, and the recogniser they become."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from emotion_classifier.cli.terminal import print_note
from emotion_classifier.errors import ConfigError
from emotion_classifier.installation import install_command

if TYPE_CHECKING:
    from emotion_classifier.inference.asr.recogniser import Recogniser

WordsModelOption: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Model of faster_whisper: a folder, or the name of a downloaded model."),
]


def recogniser_of(words: str, model: str | None) -> Recogniser | None:
    """The recogniser of ``--words`` and ``--words-model``; None for no words.

    Raises
    ------
    ConfigError
        There is a model for a recogniser that takes none.
    MissingDependencyError
        The recogniser is not installed.
    """
    from emotion_classifier.inference.asr.faster_whisper import FasterWhisperConfig
    from emotion_classifier.inference.asr.pocketsphinx import PocketsphinxConfig

    if model is not None and words != "faster_whisper":
        raise ConfigError(f"--words-model {model} needs --words faster_whisper: add it")
    if words == "none":
        return None
    if words == "auto" and find_spec("pocketsphinx") is None:
        print_note(f"no words: {install_command('words')} installs a recogniser")
        return None
    recogniser: Recogniser
    if words == "faster_whisper":
        config = FasterWhisperConfig() if model is None else FasterWhisperConfig(model=model)
        recogniser = config.build()
    else:
        recogniser = PocketsphinxConfig().build()
    if recogniser.note:
        print_note(f"{recogniser.name}: {recogniser.note}")
    return recogniser
