"""Residual convolution blocks that respect the ends of clips."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from emotion_classifier.models.lengths import zero_map_padding
from emotion_classifier.models.networks.initialisation import LEAKY_SLOPE


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with batch normalisation and max pooling between, and a shortcut.

    He et al., CVPR 2016. Pooling between the two rather than behind them halves the work. Zeros
    are restored behind each clip's end before every convolution.

    Parameters
    ----------
    inputs, outputs : channels.
    pool : frames and bins that become one.
    dropout : share of channels dropped while training.
    """

    def __init__(self, inputs: int, outputs: int, pool: tuple[int, int], dropout: float) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.pool = nn.MaxPool2d(pool)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(pool), nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        )
        self.activation = nn.LeakyReLU(LEAKY_SLOPE, inplace=True)
        self.dropout = nn.Dropout2d(dropout)
        self.pool_frames = pool[0]

    def forward(
        self, maps: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Maps (batch, channel, frame, bin), fewer by the pooling, and their lengths (batch,)."""
        lengths = lengths // self.pool_frames
        inner = self.activation(self.pool(self.first_norm(self.first(maps))))
        inner = self.second_norm(self.second(zero_map_padding(inner, lengths)))
        outer = self.dropout(self.activation(inner + self.shortcut(maps)))
        return zero_map_padding(outer, lengths), lengths


class ConvolutionStack(nn.Module):
    """Residual blocks one after the other, from features to a sequence of wide frames.

    Parameters
    ----------
    features : bins of the input.
    channels : of each block.
    pools : (frame, bin) pooling of each block, as many as `channels`.
    dropout : of channels, in each block.
    """

    def __init__(
        self,
        features: int,
        channels: Sequence[int],
        pools: Sequence[tuple[int, int]],
        dropout: float,
    ) -> None:
        super().__init__()
        inputs = (1, *channels[:-1])
        self.blocks = nn.ModuleList(
            ResidualBlock(i, o, pool, dropout)
            for i, o, pool in zip(inputs, channels, pools, strict=True)
        )
        bins = features
        self.minimum_frames = 1
        for frame_pool, bin_pool in pools:
            bins //= bin_pool
            self.minimum_frames *= frame_pool
        self.output_features = channels[-1] * bins

    def forward(
        self, features: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Sequence (batch, frame, channel * bin) and its lengths, of `features` (batch, frame, bin)."""
        maps = zero_map_padding(features[:, None], lengths)
        for block in self.blocks:
            maps, lengths = block(maps, lengths)
        return maps.permute(0, 2, 1, 3).flatten(2), lengths
