"""Slopes of features over time."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from emotion_classifier.models.lengths import hold_last_frame

_REACH = 4
"""Frames on either side that a slope is taken over: nine in all, as in librosa."""


class Deltas(nn.Module):
    """Features followed by each order of their slopes.

    Slopes are the regression over nine frames of the HTK Book (5.9); beyond a clip's ends its first
    and last frame are repeated, so padding changes nothing.

    Parameters
    ----------
    orders : 1 for slopes, 2 with the slopes of the slopes too; 0 changes nothing.
    """

    slope: torch.Tensor

    def __init__(self, orders: int) -> None:
        super().__init__()
        self.orders = orders
        steps = torch.arange(-_REACH, _REACH + 1, dtype=torch.float32)
        self.register_buffer("slope", steps / steps.square().sum(), persistent=False)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
        """Features (batch, frame, feature * (1 + orders)) of `features` (batch, frame, feature).

        Parameters
        ----------
        lengths : (batch,) frames of each clip; None where all are whole.
        """
        orders = [features]
        for _ in range(self.orders):
            orders.append(self._slopes(orders[-1], lengths))
        return torch.cat(orders, 2)

    def _slopes(self, values: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
        if lengths is not None:
            values = hold_last_frame(values, lengths)
        tracks = F.pad(values.transpose(1, 2), (_REACH, _REACH), mode="replicate")
        kernel = self.slope.expand(values.shape[2], 1, -1)
        return F.conv1d(tracks, kernel, groups=values.shape[2]).transpose(1, 2)
