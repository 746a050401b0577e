"""The contract tests for networks fail where they must."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from torch import nn

from emotion_classifier.config import StrictConfig
from emotion_classifier.models.lengths import zero_padding
from emotion_classifier.testing.networks import check_network

_RNG = np.random.default_rng(0)


class Linear(nn.Module):
    """The mean of linear frames, with a mistake."""

    def __init__(self, features: int, mistake: str) -> None:
        super().__init__()
        self.mistake = mistake
        self.minimum_frames = 1
        self.embedding_features = 6 if mistake == "width" else 5
        self.layer = nn.Linear(features, 5)
        if mistake == "dead":
            self.unused = nn.Parameter(torch.ones(3))

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (batch, embedding)."""
        frames: torch.Tensor = self.layer(features)
        if self.mistake == "leak":
            return frames.mean(1)
        embeddings = zero_padding(frames, lengths).sum(1) / lengths[:, None]
        if self.mistake == "random":
            return embeddings + float(_RNG.normal())
        if self.mistake == "double":
            return embeddings.double()
        if self.mistake == "infinite":
            return embeddings / (lengths[:, None] - 1)
        return embeddings


class LinearConfig(StrictConfig):
    """Settings of `Linear`."""

    mistake: str = ""
    """Name of the mistake."""

    def build(self, features: int) -> Linear:
        """The network."""
        return Linear(features, self.mistake)


def test_network_of_a_user_passes() -> None:
    check_network(LinearConfig())


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        ("leak", "noise in the padding changes embeddings"),
        ("dead", "no gradient reaches unused"),
        ("width", "embeddings (2, 5) are not (2, 6)"),
        ("random", "must be deterministic"),
        ("double", "embeddings are torch.float64"),
        ("infinite", "embeddings are not finite"),
    ],
)
def test_finds_a_mistake(mistake: str, message: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(message)):
        check_network(LinearConfig(mistake=mistake))
