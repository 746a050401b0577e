"""ACNT: residual convolutions followed by a Transformer encoder."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from emotion_classifier.models.networks.convolution import ConvolutionStack
from emotion_classifier.models.networks.initialisation import initialise
from emotion_classifier.models.networks.transformer import FrameTransformer
from emotion_classifier.models.pooling.mean import MeanPooling


class Acnt(nn.Module):
    """Convolutions for local patterns, a Transformer encoder that relates them over the clip.

    Parameters
    ----------
    features : values in a frame.
    channels, poolings, dropout, transformer_dim, transformer_heads : as in `AcntConfig`.
    transformer_layers : 0 for no Transformer encoder.
    """

    def __init__(
        self,
        features: int,
        *,
        channels: Sequence[int],
        poolings: int | None,
        dropout: float,
        transformer_dim: int,
        transformer_layers: int,
        transformer_heads: int,
    ) -> None:
        super().__init__()
        self.convolutions = ConvolutionStack(
            features, channels=channels, dropout=dropout, poolings=poolings
        )
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
        initialise(self, linear=nn.init.xavier_normal_)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (batch, embedding) of `features` (batch, frame, feature)."""
        sequences, lengths = self.convolutions(features, lengths)
        sequences = self.projection(sequences)
        if self.transformer is not None:
            sequences = self.transformer(sequences, lengths)
        pooled: torch.Tensor = self.pooling(sequences, lengths)
        return pooled
