"""Settings that are written as options."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Command

from emotion_classifier.cli.settings import read_selection
from emotion_classifier.corpora.readers.crema_d import CremaDConfig


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("train", "--epochs", "3"), "training.epochs=3"),
        (("train", "toy", "--batch-size=8"), "training.batch_size=8"),
        (("config", "show", "toy", "--learning-rate", "1"), "training.learning_rate=1"),
        (("cross-validate", "toy", "--training.epochs", "2"), "training.epochs=2"),
    ],
)
def test_the_setting_is_named(emotion: Command, arguments: tuple[str, ...], hint: str) -> None:
    ended = emotion(*arguments)
    assert ended.code == 2
    assert ended.error.startswith("error: ")
    assert hint in ended.error


def test_other_options_are_unknown(emotion: Command) -> None:
    ended = emotion("train", "--no-such-thing", "3")
    assert ended.code == 2
    assert "No such option" in ended.error


def test_named_corpora_replace_those_of_the_settings() -> None:
    named = ["crema_d=elsewhere"]
    elsewhere = CremaDConfig(kind="crema_d", path=Path("elsewhere"))
    assert read_selection(["bundled"], named).corpora == (elsewhere,)
    here = elsewhere.model_copy(update={"path": Path("here")})
    assert read_selection(["bundled", "corpora.0.path=here"], named).corpora == (here,)
    assert len(read_selection(["bundled"], None).corpora) == 3
