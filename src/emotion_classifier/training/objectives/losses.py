"""Losses of training.

Targets are distributions over the emotions: one hot, proportions of listeners' votes, or a mixture
of two clips. Weights and priors come from the number of clips of each emotion in an epoch, so that
sampling and loss do not both correct the same imbalance.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F

_SMALLEST_FOCUS = 1e-6


class CrossEntropy(nn.Module):
    """The weighted mean over clips of the cost of their targets.

    Parameters
    ----------
    weights : (emotion,), see `class_weights`.
    label_smoothing : proportion of the target that is spread over all emotions.
    """

    weights: torch.Tensor

    def __init__(self, weights: torch.Tensor, *, label_smoothing: float) -> None:
        super().__init__()
        self.register_buffer("weights", weights, persistent=False)
        self.label_smoothing = label_smoothing

    def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """The loss of `logits` (batch, emotion), given distributions `targets` (batch, emotion)."""
        spread = self.label_smoothing / targets.shape[1]
        smooth = (1.0 - self.label_smoothing) * targets + spread
        total = (self.weights * smooth * self.costs(logits)).sum()
        return total / (self.weights * targets).sum()

    def costs(self, logits: torch.Tensor) -> torch.Tensor:
        """Cost of each emotion (batch, emotion) as the true one."""
        return -F.log_softmax(logits, 1)


class Focal(CrossEntropy):
    """See `FocalConfig`.

    Parameters
    ----------
    weights, label_smoothing : as in `CrossEntropy`.
    gamma : as in `FocalConfig`.
    """

    def __init__(self, weights: torch.Tensor, *, label_smoothing: float, gamma: float) -> None:
        super().__init__(weights, label_smoothing=label_smoothing)
        self.gamma = gamma

    def costs(self, logits: torch.Tensor) -> torch.Tensor:
        """Cost of each emotion (batch, emotion) as the true one."""
        likelihood = F.log_softmax(logits, 1)
        # The slope of a power below one is infinite at zero.
        focus = (-torch.expm1(likelihood)).clamp(min=_SMALLEST_FOCUS)
        return -(focus**self.gamma) * likelihood


class LogitAdjusted(CrossEntropy):
    """See `LogitAdjustedConfig`.

    Parameters
    ----------
    weights, label_smoothing : as in `CrossEntropy`.
    offsets : (emotion,) added to the logits.
    """

    offsets: torch.Tensor

    def __init__(
        self, weights: torch.Tensor, *, label_smoothing: float, offsets: torch.Tensor
    ) -> None:
        super().__init__(weights, label_smoothing=label_smoothing)
        self.register_buffer("offsets", offsets, persistent=False)

    def costs(self, logits: torch.Tensor) -> torch.Tensor:
        """Cost of each emotion (batch, emotion) as the true one."""
        return super().costs(logits + self.offsets)


def class_weights(counts: torch.Tensor, kind: Literal["none", "inverse_frequency"]) -> torch.Tensor:
    """Weights (emotion,) float32 of the loss, 1 on average over the clips of an epoch.

    Parameters
    ----------
    counts : (emotion,) clips of each emotion; without clips the weight is 0.
    kind : ``none`` is 1 for all, ``inverse_frequency`` the same total for each emotion.
    """
    if kind == "none":
        return torch.ones(len(counts))
    present = counts > 0
    weights = counts.sum() / (present.sum() * torch.where(present, counts, 1.0))
    return torch.where(present, weights, 0.0).float()
