"""MLP: pooling over time and fully connected layers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from emotion_classifier.models.networks.functionals import FUNCTIONALS, functionals
from emotion_classifier.models.networks.initialisation import initialise
from emotion_classifier.models.pooling import PoolingFactory


class Mlp(nn.Module):
    """One vector of each clip, normalised over the training batches, and fully connected layers.

    Parameters
    ----------
    features : values in a frame.
    pooling : builds the pooling for frames of so many features; None takes `functionals`.
    hidden, dropout : as in `MlpConfig`.
    """

    def __init__(
        self,
        features: int,
        *,
        pooling: PoolingFactory | None,
        hidden: Sequence[int],
        dropout: float,
    ) -> None:
        super().__init__()
        self.pooling = None if pooling is None else pooling(features)
        pooled = features * FUNCTIONALS if self.pooling is None else self.pooling.output_features
        widths = (pooled, *hidden)
        self.normalisation = nn.BatchNorm1d(widths[0])
        layers: list[nn.Module] = []
        for inputs, outputs in zip(widths, hidden, strict=False):
            layers += [nn.Dropout(dropout), nn.Linear(inputs, outputs), nn.GELU()]
        self.layers = nn.Sequential(*layers)
        self.minimum_frames = 2 if self.pooling is None else 1
        self.embedding_features = widths[-1]
        initialise(self)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (batch, embedding) of `features` (batch, frame, feature)."""
        pool = functionals if self.pooling is None else self.pooling
        embeddings: torch.Tensor = self.layers(self.normalisation(pool(features, lengths)))
        return embeddings
