from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.testing.encoders import tiny_checkpoint
from emotion_classifier.training.optim.parameter_groups import parameter_groups

LAYERS = 3


class WithHead(nn.Module):
    """An encoder and a head, as a classifier has them."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(32, 3)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint(tmp_path_factory.mktemp("hubert"), "hubert", layers=LAYERS)


def rates_and_decays(
    checkpoint: Path, tuning: dict[str, Any], layers: str | tuple[int, ...] = "weighted"
) -> dict[str, tuple[float, float]]:
    """Learning rate and weight decay of each weight, by its name."""
    settings = {"name": str(checkpoint), "tuning": tuning, "layers": layers}
    encoder = EncoderConfig.model_validate(settings).build(16000)
    encoder.tune()
    module = WithHead(encoder)
    groups = parameter_groups(
        module,
        encoder,
        learning_rate=1.0,
        encoder_learning_rate=0.1,
        layer_decay=0.5,
        weight_decay=0.01,
    )
    assert [group.learning_rate for group in groups[:2]] == [1.0, 1.0]
    names = {parameter: name for name, parameter in module.named_parameters()}
    found = {
        names[parameter]: (group.learning_rate, group.weight_decay)
        for group in groups
        for parameter in group.parameters
    }
    assert len(found) == sum(len(group.parameters) for group in groups)
    assert found.keys() == {name for name, p in module.named_parameters() if p.requires_grad}
    return found


def test_each_layer_below_learns_slower(checkpoint: Path) -> None:
    found = rates_and_decays(checkpoint, {"kind": "all", "feature_encoder": True})
    assert found["head.weight"] == (1.0, 0.01)
    assert found["head.bias"] == (1.0, 0.0)
    assert found["encoder.mixing.scores"] == (1.0, 0.0)
    for number, rate in ((2, 0.1), (1, 0.05), (0, 0.025)):
        layer = f"encoder.model.encoder.layers.{number}"
        assert found[f"{layer}.attention.q_proj.weight"] == (rate, 0.01)
        assert found[f"{layer}.layer_norm.weight"] == (rate, 0.0)
    for name in (
        "encoder.model.feature_projection.projection.weight",
        "encoder.model.feature_extractor.conv_layers.0.conv.weight",
    ):
        assert found[name] == (0.0125, 0.01)


def test_depth_is_counted_from_the_highest_layer_that_is_used(checkpoint: Path) -> None:
    found = rates_and_decays(checkpoint, {"kind": "all"}, layers=(1, 2))
    for number, rate in ((1, 0.1), (0, 0.05)):
        layer = f"encoder.model.encoder.layers.{number}"
        assert found[f"{layer}.attention.q_proj.weight"] == (rate, 0.01)
    assert found["encoder.model.feature_projection.projection.weight"] == (0.025, 0.01)
    assert found["encoder.mixing.scores"] == (1.0, 0.0)
    assert not any(".layers.2." in name for name in found)


def test_only_parameters_that_are_ever_trained_are_in_a_group(checkpoint: Path) -> None:
    assert rates_and_decays(checkpoint, {"kind": "frozen"}).keys() == {
        "head.weight",
        "head.bias",
        "encoder.mixing.scores",
    }
    found = rates_and_decays(checkpoint, {"kind": "gradual"})
    layers = {name.split(".layers.")[1][0] for name in found if ".layers." in name}
    assert layers == {"0", "1", "2"}


def test_adapters_learn_as_fast_as_the_head(checkpoint: Path) -> None:
    found = rates_and_decays(checkpoint, {"kind": "lora"})
    adapters = {name: value for name, value in found.items() if "lora_" in name}
    assert len(adapters) == 4 * LAYERS
    assert set(adapters.values()) == {(1.0, 0.01)}
    assert found.keys() - adapters.keys() == {"head.weight", "head.bias", "encoder.mixing.scores"}


def test_without_an_encoder_matrices_are_decayed_and_vectors_not() -> None:
    module = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    groups = parameter_groups(
        module,
        None,
        learning_rate=1.0,
        encoder_learning_rate=0.1,
        layer_decay=0.5,
        weight_decay=0.01,
    )
    assert [(g.learning_rate, g.weight_decay) for g in groups] == [(1.0, 0.01), (1.0, 0.0)]
    assert [len(g.parameters) for g in groups] == [1, 3]
    assert torch.equal(groups[0].parameters[0], module[0].weight)  # type: ignore[arg-type]
