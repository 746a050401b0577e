"""ACNT: residual convolutions followed by a Transformer encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import nn

from emotion_classifier.config import StrictConfig
from emotion_classifier.models.networks.convolution import ConvolutionStack
from emotion_classifier.models.networks.initialisation import initialise
from emotion_classifier.models.networks.transformer import FrameTransformer
from emotion_classifier.models.pooling.mean import MeanPooling


class AcntConfig(StrictConfig):
    """Residual convolutions and a Transformer encoder, one after the other."""

    kind: Literal["acnt"] = "acnt"
    channels: Annotated[tuple[int, ...], Field(min_length=1, max_length=6)] = (16, 32, 64, 128)
    """Channels of the residual blocks; each block halves frames and bins."""
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    """Share of channels (convolutions) or units (Transformer) dropped while training."""
    use_transformer: bool = True
    """Whether there is a Transformer encoder; false for the ablation."""
    transformer_dim: Annotated[int, Field(ge=8, multiple_of=8)] = 128
    """Width of the projection and of the Transformer encoder."""
    transformer_layers: Annotated[int, Field(ge=1, le=24)] = 2
    """Layers of the Transformer encoder."""
    transformer_heads: Literal[1, 2, 4, 8] = 4
    """Attention heads of each layer."""

    def build(self, features: int) -> Acnt:
        """The network for `features` values in a frame."""
        return Acnt(
            features,
            channels=self.channels,
            dropout=self.dropout,
            transformer_dim=self.transformer_dim,
            transformer_layers=self.transformer_layers if self.use_transformer else 0,
            transformer_heads=self.transformer_heads,
        )


class Acnt(nn.Module):
    """Convolutions for local patterns, a Transformer encoder that relates them over the clip.

    Parameters
    ----------
    features : values in a frame.
    channels, dropout, transformer_dim, transformer_heads : as in `AcntConfig`.
    transformer_layers : 0 for no Transformer encoder.
    """

    def __init__(
        self,
        features: int,
        *,
        channels: Sequence[int],
        dropout: float,
        transformer_dim: int,
        transformer_layers: int,
        transformer_heads: int,
    ) -> None:
        super().__init__()
        self.convolutions = ConvolutionStack(features, channels=channels, dropout=dropout)
        self.projection = nn.Linear(self.convolutions.output_features, transformer_dim)
        self.transformer = (
            FrameTransformer(
                transformer_dim,
                heads=transformer_heads,
                layers=transformer_layers,
                feedforward=4 * transformer_dim,
                dropout=dropout,
            )
            if transformer_layers
            else None
        )
        self.pooling = MeanPooling(transformer_dim)
        self.minimum_frames = self.convolutions.minimum_frames
        self.embedding_features = transformer_dim
        initialise(self)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (batch, embedding) of `features` (batch, frame, feature)."""
        sequences, lengths = self.convolutions(features, lengths)
        sequences = self.projection(sequences)
        if self.transformer is not None:
            sequences = self.transformer(sequences, lengths)
        pooled: torch.Tensor = self.pooling(sequences, lengths)
        return pooled
