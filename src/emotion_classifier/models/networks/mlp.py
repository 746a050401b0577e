"""MLP: pooling over time and fully connected layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import nn

from emotion_classifier.config import StrictConfig
from emotion_classifier.models.networks.functionals import FUNCTIONALS, functionals
from emotion_classifier.models.networks.initialisation import initialise
from emotion_classifier.models.pooling import PoolingConfig, PoolingFactory


class MlpConfig(StrictConfig):
    """Fully connected layers over one vector of each clip: the usual head of an encoder."""

    kind: Literal["mlp"] = "mlp"
    pooling: PoolingConfig | None = None
    """From frames to one vector; null takes 16 statistics of each feature, the classical way."""
    hidden: Annotated[tuple[int, ...], Field(min_length=1, max_length=8)] = (256, 128)
    """Units of each layer; the last is the embedding."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.5
    """Share of units dropped before each layer while training."""

    def build(self, features: int) -> Mlp:
        """The network for `features` values in a frame."""
        pooling = self.pooling.build if self.pooling is not None else None
        return Mlp(features, pooling=pooling, hidden=self.hidden, dropout=self.dropout)


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
        self.embedding_features = hidden[-1]
        initialise(self)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (batch, embedding) of `features` (batch, frame, feature)."""
        pool = functionals if self.pooling is None else self.pooling
        embeddings: torch.Tensor = self.layers(self.normalisation(pool(features, lengths)))
        return embeddings
