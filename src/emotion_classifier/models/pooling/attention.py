"""A learned weighted average over time."""

from __future__ import annotations

import torch
from torch import nn

from emotion_classifier.models.lengths import frame_mask


class AttentionPooling(nn.Module):
    """The average of a clip's frames, weighted by the scores of a small network.

    Parameters
    ----------
    features : values in a frame; `output_features` is the same.
    hidden : units of the scoring layer.
    """

    def __init__(self, features: int, *, hidden: int) -> None:
        super().__init__()
        self.output_features = features
        # No bias at the end: the softmax over frames would cancel it.
        self.score = nn.Sequential(
            nn.Linear(features, hidden), nn.Tanh(), nn.Linear(hidden, 1, bias=False)
        )

    def forward(self, sequences: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Averages (batch, feature) of `sequences` (batch, frame, feature)."""
        scores = self.score(sequences)[:, :, 0].float()
        outside = ~frame_mask(lengths, sequences.shape[1])
        weights = scores.masked_fill(outside, float("-inf")).softmax(1)
        pooled: torch.Tensor = (weights[:, :, None] * sequences).sum(1)
        return pooled
