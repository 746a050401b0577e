"""The mean over time."""

from __future__ import annotations

import torch
from torch import nn

from emotion_classifier.models.lengths import zero_padding


class MeanPooling(nn.Module):
    """The mean of each feature over a clip's frames.

    Parameters
    ----------
    features : values in a frame; `output_features` is the same.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.output_features = features

    def forward(self, sequences: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Means (batch, feature) of `sequences` (batch, frame, feature) with `lengths` frames."""
        total = zero_padding(sequences.float(), lengths).sum(1)
        return total / lengths[:, None]
