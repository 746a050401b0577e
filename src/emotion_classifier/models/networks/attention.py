"""Attention: self-attention over frames, and attention again to pool them."""

from __future__ import annotations

import torch
from torch import nn

from emotion_classifier.models.lengths import zero_padding
from emotion_classifier.models.networks.initialisation import initialise
from emotion_classifier.models.networks.transformer import FrameTransformer
from emotion_classifier.models.pooling import PoolingFactory


class Attention(nn.Module):
    """Steps of a few frames each, a Transformer encoder, pooling over time.

    Such a network, trained from scratch, tends to predict a few emotions only. This is avoided by
    normalisation before each layer and after the last, so that gradients reach all layers from the
    first step (Xiong et al., ICML 2020); a warm-up of the learning rate (the default schedule);
    positions no larger than the normalised steps they are added to; and steps of several frames, so
    that attention has fewer of them to distinguish.

    Parameters
    ----------
    features : values in a frame.
    width, layers, heads, frames_per_step, dropout : as in `AttentionConfig`.
    pooling : builds the pooling for frames of so many features.
    """

    def __init__(
        self,
        features: int,
        *,
        width: int,
        layers: int,
        heads: int,
        frames_per_step: int,
        dropout: float,
        pooling: PoolingFactory,
    ) -> None:
        super().__init__()
        self.frames_per_step = frames_per_step
        self.projection = nn.Conv1d(features, width, frames_per_step, stride=frames_per_step)
        self.normalisation = nn.LayerNorm(width)
        self.transformer = FrameTransformer(
            width, heads=heads, layers=layers, feedforward=2 * width, dropout=dropout
        )
        self.pooling = pooling(width)
        self.minimum_frames = frames_per_step
        self.embedding_features = self.pooling.output_features
        initialise(self)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (batch, embedding) of `features` (batch, frame, feature)."""
        tracks = zero_padding(features, lengths).transpose(1, 2)
        steps = self.normalisation(self.projection(tracks).transpose(1, 2))
        lengths = lengths // self.frames_per_step
        return self.pooling(self.transformer(steps, lengths), lengths)
