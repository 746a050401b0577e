"""SpecAugment: masks over time and frequency, in training only."""

from __future__ import annotations

import torch
from torch import nn


class SpecAugment(nn.Module):
    """Sets random bands of standardised features to zero, their mean, while training.

    Draws from torch's generator, which training seeds for each epoch.

    Parameters
    ----------
    time_masks, time_fraction, frequency_masks, frequency_fraction : as in `SpecAugmentConfig`.
    """

    def __init__(
        self,
        *,
        time_masks: int,
        time_fraction: float,
        frequency_masks: int,
        frequency_fraction: float,
    ) -> None:
        super().__init__()
        self.time_masks = time_masks
        self.time_fraction = time_fraction
        self.frequency_masks = frequency_masks
        self.frequency_fraction = frequency_fraction

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """`features` (batch, frame, feature), masked while training and unchanged otherwise."""
        if not self.training:
            return features
        batch, frames, bins = features.shape
        time = _bands(lengths, frames, self.time_masks, self.time_fraction)
        widths = lengths.new_full((batch,), bins)
        frequency = _bands(widths, bins, self.frequency_masks, self.frequency_fraction)
        return features.masked_fill(time[:, :, None] | frequency[:, None, :], 0.0)


def _bands(lengths: torch.Tensor, size: int, masks: int, fraction: float) -> torch.Tensor:
    """Mask (batch, size) bool, true inside `masks` random bands of at most `fraction` of each length."""
    shape = (lengths.shape[0], masks, 1)
    total = lengths[:, None, None]
    width = torch.rand(shape, device=lengths.device) * fraction * total
    start = torch.rand(shape, device=lengths.device) * (total - width)
    position = torch.arange(size, device=lengths.device)[None, None, :]
    return ((position >= start) & (position < start + width)).any(1)
