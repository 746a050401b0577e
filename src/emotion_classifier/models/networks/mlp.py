"""MLP: layers over statistics of the features over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import nn

from emotion_classifier.config import StrictConfig
from emotion_classifier.models.networks.functionals import FUNCTIONALS, functionals
from emotion_classifier.models.networks.initialisation import initialise


class MlpConfig(StrictConfig):
    """Layers over statistics of the features over time: the classical way, as a network."""

    kind: Literal["mlp"] = "mlp"
    hidden: Annotated[tuple[int, ...], Field(min_length=1, max_length=8)] = (256, 128)
    """Units of each layer; the last is the embedding."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.5
    """Share of units dropped before each layer while training."""

    def build(self, features: int) -> Mlp:
        """The network for `features` values in a frame."""
        return Mlp(features, hidden=self.hidden, dropout=self.dropout)


class Mlp(nn.Module):
    """Statistics over time, normalised over the training batches, and fully connected layers.

    Parameters
    ----------
    features : values in a frame.
    hidden, dropout : as in `MlpConfig`.
    """

    def __init__(
        self, features: int, *, hidden: Sequence[int] = (256, 128), dropout: float = 0.5
    ) -> None:
        super().__init__()
        widths = (features * FUNCTIONALS, *hidden)
        self.normalisation = nn.BatchNorm1d(widths[0])
        layers: list[nn.Module] = []
        for inputs, outputs in zip(widths, hidden, strict=False):
            layers += [nn.Dropout(dropout), nn.Linear(inputs, outputs), nn.GELU()]
        self.layers = nn.Sequential(*layers)
        self.minimum_frames = 2
        self.embedding_features = hidden[-1]
        initialise(self)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (batch, embedding) of `features` (batch, frame, feature)."""
        embeddings: torch.Tensor = self.layers(self.normalisation(functionals(features, lengths)))
        return embeddings
