"""CNN: residual convolutions and pooling over time."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from emotion_classifier.models.networks.convolution import ConvolutionStack
from emotion_classifier.models.networks.initialisation import initialise
from emotion_classifier.models.pooling import PoolingFactory


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
