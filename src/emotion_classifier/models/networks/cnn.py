"""CNN: residual convolutions and pooling over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import nn

from emotion_classifier.config import StrictConfig
from emotion_classifier.models.networks.convolution import ConvolutionStack
from emotion_classifier.models.networks.initialisation import initialise
from emotion_classifier.models.pooling import PoolingConfig, StatisticsPoolingConfig

_DEFAULT_POOLING = StatisticsPoolingConfig()


class CnnConfig(StrictConfig):
    """Residual convolutions and pooling over time."""

    kind: Literal["cnn"] = "cnn"
    channels: Annotated[tuple[int, ...], Field(min_length=1, max_length=6)] = (16, 32, 64, 128)
    """Channels of the residual blocks; each block halves frames and bins."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    """Share of channels dropped while training."""
    pooling: PoolingConfig = _DEFAULT_POOLING
    """How the frames become one vector."""
    embedding: Annotated[int, Field(ge=1)] = 128
    """Width of the layer before the head."""

    def build(self, features: int) -> Cnn:
        """The network for `features` values in a frame."""
        return Cnn(
            features,
            channels=self.channels,
            dropout=self.dropout,
            pooling=self.pooling,
            embedding=self.embedding,
        )


class Cnn(nn.Module):
    """Convolutions, a projection of each frame, pooling over time.

    Parameters
    ----------
    features : values in a frame.
    channels, dropout, embedding : as in `CnnConfig`.
    pooling : makes the pooling module for the width it is given.
    """

    def __init__(
        self,
        features: int,
        *,
        channels: Sequence[int] = (16, 32, 64, 128),
        dropout: float = 0.1,
        pooling: PoolingConfig = _DEFAULT_POOLING,
        embedding: int = 128,
    ) -> None:
        super().__init__()
        self.convolutions = ConvolutionStack(features, channels, [(2, 2)] * len(channels), dropout)
        self.projection = nn.Sequential(
            nn.Linear(self.convolutions.output_features, embedding), nn.GELU(), nn.Dropout(dropout)
        )
        self.pooling = pooling.build(embedding)
        self.minimum_frames = self.convolutions.minimum_frames
        self.embedding_features = self.pooling.output_features
        initialise(self)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (batch, embedding) of `features` (batch, frame, feature)."""
        sequences, lengths = self.convolutions(features, lengths)
        pooled: torch.Tensor = self.pooling(self.projection(sequences), lengths)
        return pooled
