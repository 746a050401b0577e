"""Networks and front-ends from outside the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from emotion_classifier.errors import ConfigError, ModelFolderError
from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.model_folder.folder import (
    GRAPH,
    read_specification,
    write_specification,
)
from emotion_classifier.model_folder.input import InputConfig
from emotion_classifier.model_folder.specification import ModelSpecification
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.models.export.onnx import load_classifier, model_config, save_weights
from emotion_classifier.models.lengths import zero_padding

RATE = 16_000
SETTINGS: dict[str, Any] = {
    "frontend": {"kind": "custom", "target": "tests.models.test_custom:Levels"},
    "network": {
        "kind": "custom",
        "target": "tests.models.test_custom:MeanNetwork",
        "options": {"width": 6},
    },
}


class MeanNetwork(nn.Module):
    """The mean of linear frames."""

    def __init__(self, features: int, width: int = 5) -> None:
        super().__init__()
        self.layer = nn.Linear(features, width)
        self.minimum_frames = 1
        self.embedding_features = width

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (batch, embedding)."""
        return zero_padding(self.layer(features), lengths).sum(1) / lengths[:, None]


class Levels(nn.Module):
    """Waveforms to blocks of 10 ms, without a transform."""

    def __init__(self, sample_rate: int) -> None:
        super().__init__()
        self.hop_length = self.features = sample_rate // 100

    def minimum_samples(self, frames: int) -> int:
        """The shortest waveform with so many frames."""
        return (frames - 1) * self.hop_length

    def frame_lengths(self, lengths: torch.Tensor) -> torch.Tensor:
        """Frames (batch,) of waveforms of `lengths` samples."""
        return 1 + lengths // self.hop_length

    def forward(self, waveforms: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Features (batch, frame, feature)."""
        frames = 1 + waveforms.shape[1] // self.hop_length
        zeros = waveforms.new_zeros(waveforms.shape[0], self.hop_length)
        padded = torch.cat([waveforms, zeros], 1)[:, : frames * self.hop_length]
        return padded.view(waveforms.shape[0], frames, self.features)


def specification(config: ModelConfig) -> ModelSpecification:
    return ModelSpecification(
        name="tiny",
        emotions=("angry", "sad"),
        input=InputConfig(),
        architecture=config.model_dump(mode="json"),
        parameters=1,
        training_data=(),
    )


def test_custom_parts_build_a_classifier() -> None:
    config = ModelConfig.model_validate(SETTINGS)
    assert ModelConfig.model_validate(config.model_dump(mode="json")) == config
    classifier = config.build(RATE, emotions=2)
    assert classifier.network.embedding_features == 6
    assert classifier(torch.randn(2, RATE), torch.tensor([RATE, RATE // 2])).shape == (2, 2)


@pytest.mark.parametrize(
    ("part", "target", "names"),
    [("network", "Linear", "minimum_frames"), ("frontend", "Identity", "frame_lengths")],
)
def test_target_without_the_interface_is_refused(part: str, target: str, names: str) -> None:
    options = {"out_features": 3} if part == "network" else {}
    section = {"kind": "custom", "target": f"torch.nn:{target}", "options": options}
    config = ModelConfig.model_validate({part: section})
    with pytest.raises(ConfigError, match=rf"torch\.nn:{target} returned {target}.*{names}"):
        config.build(RATE, emotions=2)


@pytest.mark.parametrize("part", ["frontend", "network"])
def test_a_model_folder_with_a_custom_part_is_not_rebuilt(part: str) -> None:
    config = ModelConfig.model_validate({part: {"kind": "custom", "target": "antigravity:fly"}})
    with pytest.raises(ModelFolderError, match=r"antigravity:fly.* runs no code: predict with"):
        model_config(specification(config))


@pytest.mark.slow
def test_a_model_folder_with_custom_parts_predicts_from_its_graph(tmp_path: Path) -> None:
    config = ModelConfig.model_validate(SETTINGS)
    classifier = config.build(RATE, emotions=2).eval()
    save_weights(tmp_path, classifier, RATE)
    write_specification(tmp_path, specification(config))
    found = read_specification(tmp_path)
    with pytest.raises(ModelFolderError, match=r"Levels.* runs no code"):
        load_classifier(tmp_path, found)
    clip, length = 0.1 * torch.randn(1, 9_000), torch.tensor([9_000])
    with torch.no_grad():
        expected = classifier(clip, length).numpy()
    logits = OnnxRuntime(tmp_path / GRAPH, threads=1).logits(clip.numpy(), length.numpy())
    np.testing.assert_allclose(logits, expected, atol=1e-5)
