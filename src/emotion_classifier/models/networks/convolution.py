"""Residual convolution blocks, exact under padding."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from emotion_classifier.models.lengths import zero_map_padding
from emotion_classifier.models.networks.initialisation import LEAKY_SLOPE


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with batch normalisation and max pooling between, and a shortcut.

    He et al., CVPR 2016. Pooling before the second convolution halves its work. The padding is set
    to zero before every convolution.

    Parameters
    ----------
    inputs, outputs : channels.
    halve : whether frames and bins are halved.
    dropout : share of channels dropped while training.
    """

    def __init__(self, inputs: int, outputs: int, *, halve: bool, dropout: float) -> None:
        super().__init__()
        self.stride = 2 if halve else 1
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.pool = nn.MaxPool2d(self.stride)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential(
            nn.AvgPool2d(self.stride),
            nn.Conv2d(inputs, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.activation = nn.LeakyReLU(LEAKY_SLOPE, inplace=True)
        self.dropout = nn.Dropout2d(dropout)

    def forward(
        self, maps: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Maps (batch, channel, frame, bin), where `halve` of half the frames and bins, and their lengths (batch,)."""
        lengths = lengths // self.stride
        inner = self.activation(self.pool(self.first_norm(self.first(maps))))
        inner = self.second_norm(self.second(zero_map_padding(inner, lengths)))
        outer = self.dropout(self.activation(inner + self.shortcut(maps)))
        return zero_map_padding(outer, lengths), lengths


class ConvolutionStack(nn.Module):
    """A sequence of residual blocks, from features to fewer and wider frames.

    Parameters
    ----------
    features : bins of the input.
    channels : of each block.
    dropout : share of channels dropped in each block while training.
    poolings : blocks that halve frames and bins, the last ones; None for all.
    """

    def __init__(
        self,
        features: int,
        *,
        channels: Sequence[int],
        dropout: float,
        poolings: int | None = None,
    ) -> None:
        super().__init__()
        halvings = len(channels) if poolings is None else poolings
        keep = len(channels) - halvings
        self.blocks = nn.ModuleList(
            ResidualBlock(inputs, outputs, halve=index >= keep, dropout=dropout)
            for index, (inputs, outputs) in enumerate(pairwise((1, *channels)))
        )
        self.minimum_frames = 2**halvings
        self.output_features = channels[-1] * (features // self.minimum_frames)

    def forward(
        self, features: torch.Tensor, lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Sequence (batch, frame, channel * bin) and its lengths, of `features` (batch, frame, bin)."""
        maps = zero_map_padding(features[:, None], lengths)
        for block in self.blocks:
            maps, lengths = block(maps, lengths)
        return maps.permute(0, 2, 1, 3).flatten(2), lengths
