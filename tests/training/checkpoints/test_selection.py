from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.encoders.lora import merged_weights
from emotion_classifier.runs.history import EpochRow
from emotion_classifier.testing.encoders import tiny_checkpoint
from emotion_classifier.training.checkpoints.files import (
    CLASSIFIER,
    epoch_path,
    frozen_names,
    plain_weights,
)
from emotion_classifier.training.checkpoints.selection import select_weights
from emotion_classifier.training.config import TrainingConfig

SCORES = (0.2, 0.5, 0.4, 0.5, 0.1)  # the best two: epochs 2 and 4
AVERAGE = TrainingConfig(keep="average", average_best=2)


def row(epoch: int) -> EpochRow:
    validation = dict.fromkeys(METRICS, SCORES[epoch - 1])
    return EpochRow(epoch, 1.0, 1.0, validation, validation, 0.1, 1.0)


def classifier_without_encoder() -> EmotionClassifier:
    settings: dict[str, Any] = {
        "frontend": {"kind": "log_mel", "mels": 16, "n_fft": 256, "hop_length": 128},
        "network": {"kind": "cnn", "channels": [4], "embedding": 6},
    }
    return ModelConfig.model_validate(settings).build(8000, emotions=3)


def train_for_show(classifier: EmotionClassifier, folder: Path) -> dict[int, dict[str, Any]]:
    """Checkpoints of epochs with random weights in everything that is trained; their weights."""
    folder.mkdir(exist_ok=True)
    frozen, states = frozen_names(classifier), {}
    generator = torch.Generator().manual_seed(0)
    for epoch in range(1, len(SCORES) + 1):
        state = {
            name: torch.randn(value.shape, generator=generator)
            if value.is_floating_point()
            else torch.full_like(value, epoch)
            for name, value in classifier.state_dict().items()
            if name not in frozen
        }
        checkpoint = {
            "state_dict": {CLASSIFIER + name: value for name, value in state.items()},
            "history": [row(number).record for number in range(1, epoch + 1)],
        }
        torch.save(checkpoint, epoch_path(folder, epoch))
        torch.save(checkpoint, folder / "last.ckpt")
        if epoch == 2:
            torch.save(checkpoint, folder / "best.ckpt")
        states[epoch] = state
    return states


def never() -> float:
    raise AssertionError("the score of an epoch was used")


@pytest.mark.parametrize(("keep", "epoch"), [("best", 2), ("last", 5)])
def test_an_epoch_is_kept_with_its_score(keep: Any, epoch: int, tmp_path: Path) -> None:
    classifier = classifier_without_encoder()
    states = train_for_show(classifier, tmp_path)
    fitted = select_weights(classifier, tmp_path, TrainingConfig(keep=keep), never)
    assert (fitted.best_epoch, fitted.validation_uar) == (epoch, SCORES[epoch - 1])
    assert fitted.origin == f"epoch {epoch}"
    for name, value in fitted.classifier.state_dict().items():
        assert torch.equal(value, states[epoch][name])
    assert fitted.trained_parameters == sum(p.numel() for p in classifier.parameters())


def test_the_mean_of_the_best_epochs_is_exact_and_scored_anew(tmp_path: Path) -> None:
    classifier = classifier_without_encoder()
    states = train_for_show(classifier, tmp_path)
    fitted = select_weights(classifier, tmp_path, AVERAGE, lambda: 0.625)
    assert (fitted.best_epoch, fitted.validation_uar) == (2, 0.625)
    assert fitted.averaged_epochs == (2, 4)
    assert fitted.origin == "mean of epochs 2, 4"
    counters = 0
    for name, value in fitted.classifier.state_dict().items():
        if value.is_floating_point():
            mean = (states[2][name].double() + states[4][name].double()) / 2
            assert torch.equal(value, mean.float())
        else:
            counters += 1
            assert int(value) == 4
    assert counters


def test_the_mean_of_fewer_epochs_than_requested(tmp_path: Path) -> None:
    classifier = classifier_without_encoder()
    train_for_show(classifier, tmp_path)
    config = TrainingConfig(keep="average", average_best=100)
    assert select_weights(classifier, tmp_path, config, lambda: 0.5).averaged_epochs == (
        1,
        2,
        3,
        4,
        5,
    )


def with_encoder(tuning: dict[str, str], tmp_path: Path) -> EmotionClassifier:
    folder = tiny_checkpoint(tmp_path / "hubert", "hubert", layers=2)
    frontend = {"kind": "encoder", "name": str(folder), "tuning": tuning}
    return ModelConfig.model_validate({"frontend": frontend}).build(16000, emotions=3)


@pytest.mark.parametrize("tuning", [{"kind": "lora"}, {"kind": "last_layers"}])
def test_the_computed_weights_of_an_encoder_are_averaged(
    tuning: dict[str, str], tmp_path: Path
) -> None:
    classifier = with_encoder(tuning, tmp_path)
    assert isinstance(classifier.frontend, Encoder)
    plain = classifier.state_dict().keys()
    classifier.frontend.tune()
    trained = sum(p.numel() for p in classifier.parameters() if p.requires_grad)
    states = train_for_show(classifier, tmp_path / "run")
    expected: dict[str, torch.Tensor] = {}
    for epoch in (2, 4):
        classifier.load_state_dict(states[epoch], strict=False)
        with torch.no_grad():
            effective = {**classifier.state_dict(), **merged_weights(classifier)}
        for name in (n for n in plain & effective.keys() if effective[n].is_floating_point()):
            before = expected.get(name, torch.zeros(()))
            expected[name] = before + effective[name].double() / 2
    fitted = select_weights(classifier, tmp_path / "run", AVERAGE, lambda: 0.5)
    found = fitted.classifier.state_dict()
    assert found.keys() == plain
    for name, value in expected.items():
        assert torch.allclose(found[name].double(), value, atol=1e-6), name
    assert fitted.trained_parameters == trained


@pytest.mark.parametrize("tuning", [{"kind": "lora"}, {"kind": "all"}])
def test_a_share_of_the_earlier_weights_of_an_encoder_is_kept(
    tuning: dict[str, str], tmp_path: Path
) -> None:
    classifier = with_encoder(tuning, tmp_path)
    assert isinstance(classifier.frontend, Encoder)
    earlier = plain_weights(classifier)
    classifier.frontend.tune()
    train_for_show(classifier, tmp_path / "run")
    fitted = select_weights(classifier, tmp_path / "run", TrainingConfig(), lambda: 0.5)
    after = plain_weights(fitted.classifier)
    mixed = fitted.with_earlier(earlier, 0.25, lambda: 0.4)
    found = mixed.classifier.state_dict()
    assert found.keys() == earlier.keys()
    floats = {name for name, value in found.items() if value.is_floating_point()}
    changed = {name for name in floats if not torch.equal(earlier[name], after[name])}
    assert any(name.startswith("frontend.model.") for name in changed)
    for name in changed:
        expected = 0.25 * earlier[name] + 0.75 * after[name]
        assert torch.allclose(found[name], expected, atol=1e-5), name
    for name in found.keys() - changed:
        assert torch.equal(found[name], after[name])  # frozen weights and counters
    assert (mixed.validation_uar, mixed.origin) == (0.4, "epoch 2 and 0.25 of the weights before")
