"""The command in this process, a small corpus and a model folder."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from emotion_classifier.audio.io import write_wav
from emotion_classifier.cli import main
from emotion_classifier.model_folder.folder import read_specification, write_specification

SAMPLE_RATE = 16_000


class Ended(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    error: str


Command = Callable[..., Ended]


@pytest.fixture
def emotion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    """The command `emotion` with a cache of its own; a traceback fails the test by itself."""
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["emotion", *map(str, arguments)])
        code = 0
        ctrl_c = signal.getsignal(signal.SIGINT)
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            if signal.getsignal(signal.SIGINT) is not ctrl_c:  # an interrupted command ends at once
                signal.signal(signal.SIGINT, ctrl_c)
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return run


def voice(seconds: float, seed: int = 0, rate: int = SAMPLE_RATE) -> np.ndarray:
    """Something audible: (1, sample) float32."""
    noise = np.random.default_rng(seed).normal(0.0, 0.1, (1, round(seconds * rate)))
    return noise.astype(np.float32)


@pytest.fixture
def folders_corpus(tmp_path: Path) -> Path:
    """Two emotions of six speakers, two clips of each, in a folder for each emotion."""
    root = tmp_path / "corpus"
    for number, (emotion_name, speaker, take) in enumerate(
        (e, s, t) for e in ("happy", "sad") for s in "abcdef" for t in range(2)
    ):
        path = root / emotion_name / f"{speaker}_{take}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_wav(path, voice(0.8, seed=number), SAMPLE_RATE)
    return root


@pytest.fixture(scope="session")
def model_folder(untrained_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The untrained model for the emotions of `folders_corpus`."""
    folder = tmp_path_factory.mktemp("models") / "model"
    shutil.copytree(untrained_model, folder)
    specification = read_specification(folder)
    update = {"name": "random", "emotions": ("happy", "sad")}
    write_specification(folder, specification.model_copy(update=update))
    return folder
