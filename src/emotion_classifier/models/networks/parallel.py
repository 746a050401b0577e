"""Parallel: a convolution stack and a Transformer encoder, their embeddings concatenated."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from emotion_classifier.models.lengths import zero_padding
from emotion_classifier.models.networks.convolution import ConvolutionStack
from emotion_classifier.models.networks.initialisation import initialise
from emotion_classifier.models.networks.transformer import FrameTransformer
from emotion_classifier.models.pooling.mean import MeanPooling

_FRAMES_PER_STEP = 4


class Parallel(nn.Module):
    """Local patterns (convolutions) and relations over the clip (attention), side by side.

    The Transformer encoder reads the mean of every four frames. Both paths end in a mean over
    time, so clips of any length fit.

    Parameters
    ----------
    features : values in a frame.
    channels, dropout, transformer_dim, transformer_layers, transformer_heads : as in
        `ParallelConfig`.
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
        self.convolution_pooling = MeanPooling(self.convolutions.output_features)
        self.steps = nn.AvgPool1d(_FRAMES_PER_STEP)
        self.projection = nn.Linear(features, transformer_dim)
        self.transformer = FrameTransformer(
            transformer_dim,
            heads=transformer_heads,
            layers=transformer_layers,
            feedforward=4 * transformer_dim,
            dropout=dropout,
        )
        self.transformer_pooling = MeanPooling(transformer_dim)
        self.minimum_frames = max(self.convolutions.minimum_frames, _FRAMES_PER_STEP)
        self.embedding_features = self.convolutions.output_features + transformer_dim
        initialise(self)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (batch, embedding) of `features` (batch, frame, feature)."""
        maps, map_lengths = self.convolutions(features, lengths)
        steps = self.steps(zero_padding(features, lengths).transpose(1, 2)).transpose(1, 2)
        step_lengths = lengths // _FRAMES_PER_STEP
        encoded = self.transformer(self.projection(steps), step_lengths)
        return torch.cat(
            [
                self.convolution_pooling(maps, map_lengths),
                self.transformer_pooling(encoded, step_lengths),
            ],
            1,
        )
