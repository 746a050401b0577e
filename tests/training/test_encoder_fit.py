from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform_cache import CachedClip, WaveformCache
from emotion_classifier.errors import RunError
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.runs.history import read_history
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.testing.encoders import tiny_checkpoint
from emotion_classifier.training.checkpoints.selection import Fitted
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.fit import fit
from emotion_classifier.training.optim.schedules import CosineConfig

RATE = 16000
CLIPS = 12
TUNINGS: dict[str, dict[str, Any]] = {
    "frozen": {"kind": "frozen"},
    "last_layers": {"kind": "last_layers", "unfreeze_last_n_layers": 1},
    "gradual": {"kind": "gradual"},
    "lora": {"kind": "lora", "dropout": 0.1},
}
QUICK = TrainingConfig(
    epochs=3,
    batch_size=4,
    learning_rate=0.01,
    encoder_learning_rate=0.005,
    weight_decay=0.5,
    ema_decay=0.9,
    precision="fp32",
    schedule=CosineConfig(warmup_epochs=0.0),
    tensorboard=None,
)
Train = Callable[..., Fitted]


class KilledError(Exception):
    pass


def killed_in(epoch: int) -> Report:
    """Ends the training in an epoch, after its steps and before its checkpoint."""

    def report(progress: Progress) -> None:
        if progress.text.startswith(f"epoch {epoch}/"):
            raise KilledError

    return report


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint(tmp_path_factory.mktemp("hubert"), "hubert", layers=2)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[CachedClip]:
    folder = tmp_path_factory.mktemp("clips")
    rng = np.random.default_rng(0)
    paths = [folder / f"{number}.wav" for number in range(CLIPS)]
    for path in paths:
        noise = 0.1 * rng.standard_normal(int(rng.uniform(0.2, 0.4) * RATE))
        write_wav(path, noise.astype(np.float32), RATE)
    found = WaveformCache(folder / "cache", Preparation(RATE, None)).prepare_all(paths)
    return [clip for path in paths if isinstance(clip := found[path], CachedClip)]


@pytest.fixture
def train(
    checkpoint: Path, clips: list[CachedClip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Train:
    """Trains a fresh classifier on eight clips, validates on four."""
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))

    def run(
        tuning: dict[str, Any],
        folder: Path,
        *,
        config: TrainingConfig = QUICK,
        report: Report = ignore,
        encoder: Path = checkpoint,
    ) -> Fitted:
        return fit(
            fresh(encoder, tuning),
            dataset(clips[:8]),
            dataset(clips[8:]),
            config,
            emotions=("one", "two"),
            folder=RunFolder(folder),
            report=report,
        )

    return run


def fresh(encoder: Path, tuning: dict[str, Any]) -> EmotionClassifier:
    torch.manual_seed(0)
    frontend = {"kind": "encoder", "name": str(encoder), "tuning": tuning}
    return ModelConfig.model_validate({"frontend": frontend}).build(RATE, emotions=2)


def dataset(clips: list[CachedClip]) -> ClipDataset:
    return ClipDataset(
        clips,
        np.eye(2, dtype=np.float32)[[number % 2 for number in range(len(clips))]],
        ModelInput(Preparation(RATE, None), seconds=0.5, mask_padding=True, minimum_seconds=0.1),
        seed=0,
        speakers=[f"s{number % 4}" for number in range(len(clips))],
        corpora=["noise"] * len(clips),
        speaker_order=["s0", "s1", "s2", "s3"],
    )


def assert_same_weights(one: EmotionClassifier, other: EmotionClassifier) -> None:
    others = other.state_dict()
    assert one.state_dict().keys() == others.keys()
    for name, value in one.state_dict().items():
        assert torch.equal(value, others[name]), name


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=pytest.mark.slow if kind in ("frozen", "last_layers") else ())
        for kind in TUNINGS
    ],
)
def test_an_interrupted_run_ends_in_the_same_weights(
    kind: str, train: Train, checkpoint: Path, tmp_path: Path
) -> None:
    tuning = TUNINGS[kind]
    whole = train(tuning, tmp_path / "whole")
    with pytest.raises(KilledError):
        train(tuning, tmp_path / "killed", report=killed_in(2))
    assert torch.load(tmp_path / "killed/checkpoints/last.ckpt")["epoch"] == 0
    resumed = train(tuning, tmp_path / "killed")
    assert_same_weights(whole.classifier, resumed.classifier)
    rows = [read_history(tmp_path / name / "history.csv") for name in ("whole", "killed")]
    assert [replace(row, seconds=0) for row in rows[0]] == [
        replace(row, seconds=0) for row in rows[1]
    ]
    last = torch.load(tmp_path / "whole/checkpoints/last.ckpt")["state_dict"]
    again = torch.load(tmp_path / "killed/checkpoints/last.ckpt")["state_dict"]
    assert last.keys() == again.keys()
    assert all(torch.equal(value, again[name]) for name, value in last.items())
    # Frozen weights are unchanged to the bit, and in no checkpoint.
    before = fresh(checkpoint, tuning).state_dict()
    for name, value in whole.classifier.state_dict().items():
        trained = f"classifier.{name}" in last or (kind == "lora" and "_proj.weight" in name)
        if name.startswith("frontend.model") and not trained:
            assert torch.equal(value, before[name]), name
    layers = {"frozen": 0, "last_layers": 1, "gradual": 2, "lora": 2}[kind]
    assert len(
        {n.split(".layers.")[1][0] for n in last if "frontend" in n and ".layers." in n}
    ) == (layers)
    assert not any("feature_" in name for name in last)


def test_trained_weights_are_reported_and_change(
    train: Train, checkpoint: Path, tmp_path: Path, reported: list[Progress]
) -> None:
    fitted = train(TUNINGS["lora"], tmp_path, report=reported.append)
    first = reported[0].text
    assert first.startswith(f"{fitted.trained_parameters:,} of ") and "are trained" in first
    before = fresh(checkpoint, TUNINGS["lora"]).state_dict()
    after = fitted.classifier.state_dict()
    assert before.keys() == after.keys()
    changed = {n for n in after if "_proj.weight" in n and not torch.equal(after[n], before[n])}
    assert {name.rsplit(".", 2)[1] for name in changed} == {"q_proj", "v_proj"}
    assert len(changed) == 4


def test_the_encoder_of_a_resumed_run_must_not_change(train: Train, tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        train(TUNINGS["last_layers"], tmp_path / "run", report=killed_in(2))
    other = tiny_checkpoint(tmp_path / "other", "hubert", layers=2, seed=1)
    with pytest.raises(RunError, match="the encoder is not the one that this run began with"):
        train(TUNINGS["last_layers"], tmp_path / "run", encoder=other)


@pytest.mark.slow
def test_an_average_is_the_same_after_an_interruption(train: Train, tmp_path: Path) -> None:
    config = QUICK.model_copy(update={"keep": "average", "average_best": 2, "epochs": 4})
    whole = train(TUNINGS["lora"], tmp_path / "whole", config=config)
    for epoch in (1, 2, 4):
        with pytest.raises(KilledError):
            train(TUNINGS["lora"], tmp_path / "run", config=config, report=killed_in(epoch))
    resumed = train(TUNINGS["lora"], tmp_path / "run", config=config)
    again = train(TUNINGS["lora"], tmp_path / "run", config=config)
    for fitted in (resumed, again):
        assert fitted.averaged_epochs == whole.averaged_epochs
        assert fitted.validation_uar == whole.validation_uar
        assert_same_weights(fitted.classifier, whole.classifier)
    assert len(whole.averaged_epochs) == 2
    kept = sorted(path.name for path in (tmp_path / "run/checkpoints").glob("epoch-*"))
    assert kept == [f"epoch-{epoch:05d}.ckpt" for epoch in whole.averaged_epochs]
    assert 0.0 <= (whole.validation_uar or 0.0) <= 1.0
