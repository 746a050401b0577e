"""Mean and deviation over time."""

from __future__ import annotations

import torch
from torch import nn

from emotion_classifier.models.lengths import zero_padding

_LEAST_VARIANCE = 1e-6


class StatisticsPooling(nn.Module):
    """Mean and deviation of each feature over a clip's frames.

    Parameters
    ----------
    features : values in a frame; `output_features` is twice as many.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.output_features = 2 * features

    def forward(self, sequences: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """(batch, 2 * feature) of `sequences` (batch, frame, feature) with `lengths` frames."""
        values = sequences.float()
        count = lengths[:, None].to(values.dtype)
        mean = zero_padding(values, lengths).sum(1) / count
        centred = zero_padding(values - mean[:, None, :], lengths)
        variance = centred.square().sum(1) / count
        return torch.cat([mean, (variance + _LEAST_VARIANCE).sqrt()], 1)
