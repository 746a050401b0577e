from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from rich.console import Console

from emotion_classifier.errors import RunError
from emotion_classifier.models.classifier import EmotionClassifier, ModelConfig
from emotion_classifier.training.config import EarlyStoppingConfig, TrainingConfig
from emotion_classifier.training.dataset import ClipDataset, Key
from emotion_classifier.training.fit import Fitted, bf16_is_fast, fit
from emotion_classifier.training.history import read_history
from emotion_classifier.training.run_folder import RunFolder
from emotion_classifier.training.schedules import CosineConfig, PlateauConfig

MakeDataset = Callable[..., ClipDataset]
Fit = Callable[..., Fitted]

MODEL = ModelConfig.model_validate(
    {
        "frontend": {"mels": 16, "n_fft": 256, "hop_length": 128},
        "standardisation": {"kind": "per_utterance"},
        "network": {"kind": "cnn", "channels": [4, 8], "embedding": 8, "dropout": 0.0},
        "head": {"dropout": 0.0},
    }
)
QUICK = TrainingConfig(
    epochs=6,
    batch_size=8,
    learning_rate=0.02,
    precision="fp32",
    schedule=CosineConfig(warmup_epochs=0.0),
)


@pytest.fixture
def train(make_dataset: MakeDataset, tmp_path: Path, console: Console) -> Fit:
    """Trains on 24 tones, validates on 6."""

    def run(config: TrainingConfig = QUICK, *, folder: Path = tmp_path, seed: int = 0) -> Fitted:
        datasets = make_dataset(0, 24, seed=seed), make_dataset(24, 30, seed=seed)
        return fit(fresh(seed), *datasets, config, folder=RunFolder(folder), console=console)

    return run


def fresh(seed: int = 0) -> EmotionClassifier:
    torch.manual_seed(seed)
    return MODEL.build(8000, emotions=3)


def test_learns_to_tell_tones_apart(train: Fit, tmp_path: Path, make_dataset: MakeDataset) -> None:
    fitted = train()
    history = read_history(tmp_path / "history.csv")
    assert [row.epoch for row in history] == [1, 2, 3, 4, 5, 6]
    assert history[-1].train_loss < 0.7 * history[0].train_loss
    assert fitted.validation_uar == 1.0
    assert not fitted.classifier.training
    test = make_dataset(24, 30)
    batch = test.collate([test[Key(-1, clip)] for clip in range(6)])
    with torch.no_grad():
        answers = fitted.classifier(batch.waveforms, batch.lengths).argmax(1)
    assert torch.equal(answers, batch.targets)


def test_gives_the_weights_of_the_best_epoch(train: Fit, tmp_path: Path) -> None:
    # Far too large steps, so that a later epoch is worse than an earlier one.
    fitted = train(QUICK.model_copy(update={"learning_rate": 2.0, "epochs": 5}))
    history = read_history(tmp_path / "history.csv")
    best = max(history, key=lambda row: row.validation_uar)
    assert best.epoch < 5
    assert (fitted.best_epoch, fitted.validation_uar) == (best.epoch, best.validation_uar)
    saved = torch.load(tmp_path / "checkpoints" / "best.ckpt", weights_only=True)
    for name, value in fitted.classifier.state_dict().items():
        assert torch.equal(value, saved["state_dict"][f"classifier.{name}"])
    last = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    assert any(
        not torch.equal(value, last["state_dict"][name])
        for name, value in saved["state_dict"].items()
    )


def test_same_seed_same_weights(train: Fit, tmp_path: Path) -> None:
    config = QUICK.model_copy(update={"epochs": 2})
    one, same = (train(config, folder=tmp_path / name).classifier for name in ("one", "two"))
    other = train(config, folder=tmp_path / "three", seed=1).classifier
    pairs = zip(one.parameters(), same.parameters(), other.parameters(), strict=True)
    comparisons = [(torch.equal(a, b), torch.equal(a, c)) for a, b, c in pairs]
    assert all(equal for equal, _ in comparisons)
    assert not all(equal for _, equal in comparisons)


def test_early_stopping_ends_after_its_patience(train: Fit, tmp_path: Path) -> None:
    stopping = EarlyStoppingConfig(patience=2)
    fitted = train(QUICK.model_copy(update={"epochs": 50, "early_stopping": stopping}))
    assert len(read_history(tmp_path / "history.csv")) == fitted.best_epoch + 2 < 50


def test_a_plateau_lowers_the_learning_rate(train: Fit, tmp_path: Path) -> None:
    schedule = PlateauConfig(factor=0.1, patience=0)
    train(QUICK.model_copy(update={"schedule": schedule, "epochs": 8, "monitor": "uar"}))
    rates = [row.learning_rate for row in read_history(tmp_path / "history.csv")]
    assert rates[0] == 0.02
    assert rates == sorted(rates, reverse=True) and rates[-1] <= 0.0021


@pytest.mark.parametrize("epochs", [1, 2])
def test_bf16_comes_close_to_fp32_and_is_not_the_same(
    epochs: int, train: Fit, tmp_path: Path
) -> None:
    losses = {}
    for precision in ("fp32", "bf16", "auto"):
        config = QUICK.model_copy(update={"precision": precision, "epochs": epochs})
        fitted = train(config, folder=tmp_path / precision)
        assert all(p.dtype == torch.float32 for p in fitted.classifier.parameters())
        losses[precision] = read_history(tmp_path / precision / "history.csv")[-1].train_loss
    assert losses["bf16"] == pytest.approx(losses["fp32"], abs=0.05)
    assert losses["bf16"] != losses["fp32"]
    assert losses["auto"] == losses["bf16" if bf16_is_fast() else "fp32"]


def test_a_loss_that_is_no_number_is_told(train: Fit) -> None:
    config = QUICK.model_copy(update={"learning_rate": 1e30, "gradient_clip": None, "epochs": 2})
    with pytest.raises(
        RunError, match=r"the loss became nan in epoch 1: lower training\.learning_rate"
    ):
        train(config)


def test_a_trained_run_is_not_trained_again(train: Fit, tmp_path: Path) -> None:
    config = QUICK.model_copy(update={"epochs": 1})
    first = train(config)
    checkpoint = tmp_path / "checkpoints" / "last.ckpt"
    written = checkpoint.stat().st_mtime_ns
    again = train(config)
    assert checkpoint.stat().st_mtime_ns == written
    assert (again.best_epoch, again.validation_uar) == (first.best_epoch, first.validation_uar)
    for one, other in zip(
        first.classifier.parameters(), again.classifier.parameters(), strict=True
    ):
        assert torch.equal(one, other)


def test_tells_every_epoch_and_writes_events(train: Fit, tmp_path: Path, console: Console) -> None:
    train(QUICK.model_copy(update={"epochs": 2}))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    assert all("UAR" in line and "loss" in line for line in lines)
    (events,) = (tmp_path / "tensorboard").glob("events.*")
    for name in (b"validation_uar", b"validation_loss", b"train_loss", b"learning_rate"):
        assert name in events.read_bytes()
