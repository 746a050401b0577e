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
from emotion_classifier.models.pooling import (
    PoolingConfig,
    PoolingFactory,
    StatisticsPoolingConfig,
)


class CnnConfig(StrictConfig):
    """Residual convolutions and pooling over time."""

    kind: Literal["cnn"] = "cnn"
    channels: Annotated[tuple[int, ...], Field(min_length=1, max_length=6)] = (16, 32, 64, 128)
    """Channels of the residual blocks; each block halves frames and bins."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    """Share of channels dropped while training."""
    pooling: PoolingConfig = StatisticsPoolingConfig()
    """How the frames become one vector."""
    embedding: Annotated[int, Field(ge=1)] = 128
    """Width of the layer before the head."""

    def build(self, features: int) -> Cnn:
        """The network for `features` values in a frame."""
        return Cnn(
            features,
            channels=self.channels,
            dropout=self.dropout,
            pooling=self.pooling.build,
            embedding=self.embedding,
        )


class Cnn(nn.Module):
    """Convolutions, a projection of each frame, pooling over time.

    Parameters
    ----------
    features : values in a frame.
    channels, dropout, embedding : as in `CnnConfig`.
    pooling : builds the pooling for frames of so many features.
    """

    def __init__(
        self,
        features: int,
        *,
        channels: Sequence[int],
        dropout: float,
        pooling: PoolingFactory,
        embedding: int,
    ) -> None:
        super().__init__()
        self.convolutions = ConvolutionStack(features, channels=channels, dropout=dropout)
        self.projection = nn.Sequential(
            nn.Linear(self.convolutions.output_features, embedding), nn.GELU(), nn.Dropout(dropout)
        )
        self.pooling = pooling(embedding)
        self.minimum_frames = self.convolutions.minimum_frames
        self.embedding_features = self.pooling.output_features
        initialise(self)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (batch, embedding) of `features` (batch, frame, feature)."""
        sequences, lengths = self.convolutions(features, lengths)
        return self.pooling(self.projection(sequences), lengths)
