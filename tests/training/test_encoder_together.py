"""Two processes train on a pretrained encoder: one that thaws, and one whose states are cached."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform_cache import CachedClip, WaveformCache
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.runs.history import read_history
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.testing.encoders import tiny_checkpoint
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.distributed.collectives import all_gather
from emotion_classifier.training.distributed.spawn import in_processes
from emotion_classifier.training.fit import fit

pytestmark = pytest.mark.slow

RATE = 16_000
CONFIG = TrainingConfig(
    epochs=3,
    batch_size=4,
    encoder_learning_rate=1e-3,
    precision="fp32",
    device="cpu",
    devices=2,
    tensorboard=None,
)


class WeightDigests:
    """Takes the digest of all weights, as they are in this process, at the end of each epoch."""

    def __init__(self, classifier: EmotionClassifier) -> None:
        self.classifier = classifier
        self.layers: list[str] = []
        self.all: list[str] = []

    def __call__(self, progress: Progress) -> None:
        if progress.text.startswith("epoch "):
            state = self.classifier.state_dict()
            self.all.append(digest(state))
            self.layers.append(digest({n: v for n, v in state.items() if "encoder.layers" in n}))


def digest(state: dict[str, torch.Tensor]) -> str:
    found = hashlib.sha256()
    for value in state.values():
        found.update(value.detach().contiguous().numpy().tobytes())
    return found.hexdigest()


def fit_both(
    checkpoint: Path,
    training: ClipDataset,
    validation: ClipDataset,
    runs: Path,
    *,
    report: Report,
) -> None:
    gradual, frozen = (
        fit_one(checkpoint, kind, training, validation, runs / kind)
        for kind in ("gradual", "frozen")
    )
    for watched in (gradual, frozen):
        assert len(set(watched.all)) == CONFIG.epochs
        assert all_gather(watched.all) == [watched.all] * 2
    assert len(set(frozen.layers)) == 1
    # The head alone, then one layer, then both.
    assert len(set(gradual.layers)) == CONFIG.epochs


def fit_one(
    checkpoint: Path, kind: str, training: ClipDataset, validation: ClipDataset, folder: Path
) -> WeightDigests:
    torch.manual_seed(0)
    frontend = {"kind": "encoder", "name": str(checkpoint), "tuning": {"kind": kind}}
    classifier = ModelConfig.model_validate({"frontend": frontend}).build(RATE, emotions=2)
    digests = WeightDigests(classifier)
    fit(
        classifier,
        training,
        validation,
        CONFIG,
        emotions=("one", "two"),
        folder=RunFolder(folder),
        report=digests,
    )
    return digests


@pytest.fixture
def clips(tmp_path: Path) -> list[CachedClip]:
    """13 clips of noise, 0.2 to 0.4 s long."""
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{number}.wav" for number in range(13)]
    for path in paths:
        noise = 0.1 * rng.standard_normal(int(rng.uniform(0.2, 0.4) * RATE))
        write_wav(path, noise.astype(np.float32), RATE)
    found = WaveformCache(tmp_path / "cache", Preparation(RATE, None)).prepare_all(paths)
    return [clip for path in paths if isinstance(clip := found[path], CachedClip)]


def dataset(clips: list[CachedClip]) -> ClipDataset:
    return ClipDataset(
        clips,
        np.eye(2, dtype=np.float32)[[number % 2 for number in range(len(clips))]],
        ModelInput(Preparation(RATE, None), seconds=0.5, mask_padding=True, minimum_seconds=0.1),
        seed=0,
        speakers=["s"] * len(clips),
        corpora=["noise"] * len(clips),
        speaker_order=["s"],
    )


def test_the_weights_of_both_processes_stay_equal(
    clips: list[CachedClip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))
    checkpoint = tiny_checkpoint(tmp_path / "hubert", "hubert", layers=2)
    parts = dataset(clips[:8]), dataset(clips[8:])
    in_processes(2, fit_both, (checkpoint, *parts, tmp_path), CONFIG, ignore)
    for kind in ("gradual", "frozen"):
        assert len(read_history(tmp_path / kind / "history.csv")) == CONFIG.epochs
    states = list((tmp_path / "cache").rglob("hidden_states/**/*.npy"))
    assert len(states) == len(clips)
