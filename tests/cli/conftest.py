"""The command in this process, a small corpus and a model folder with random weights."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from emotion_classifier.audio.io import write_wav
from emotion_classifier.cli import main

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
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
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
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two emotions with random weights, always the same."""
    import torch

    from emotion_classifier.model_folder.folder import write_specification
    from emotion_classifier.model_folder.input import InputConfig
    from emotion_classifier.model_folder.specification import ModelSpecification
    from emotion_classifier.models.config import ModelConfig
    from emotion_classifier.models.export.onnx import save_weights
    from emotion_classifier.models.frontends.config import LogMelConfig
    from emotion_classifier.models.networks.config import CnnConfig

    folder = tmp_path_factory.mktemp("model")
    config = ModelConfig(
        frontend=LogMelConfig(mels=16, n_fft=512), network=CnnConfig(channels=(4, 4))
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        classifier = config.build(SAMPLE_RATE, 2)
    save_weights(folder, classifier, SAMPLE_RATE)
    write_specification(
        folder,
        ModelSpecification(
            name="random",
            emotions=("happy", "sad"),
            input=InputConfig(),
            architecture=config.model_dump(mode="json"),
            parameters=sum(p.numel() for p in classifier.parameters()),
            training_data=(),
        ),
    )
    return folder
