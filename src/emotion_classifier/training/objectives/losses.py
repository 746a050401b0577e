"""Losses of training.

Targets are distributions over the emotions: one hot, proportions of listeners' votes, or a mixture
of two clips. Weights and priors come from the number of clips of each emotion in an epoch, so that
sampling and loss do not both correct the same imbalance.
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import nn
from torch.nn import functional as F

from emotion_classifier.config import StrictConfig

_SMALLEST_FOCUS = 1e-6


class CrossEntropyConfig(StrictConfig):
    """The cross-entropy."""

    kind: Literal["cross_entropy"] = "cross_entropy"

    def build(
        self, counts: torch.Tensor, weights: torch.Tensor, label_smoothing: float
    ) -> CrossEntropy:
        """The loss where an epoch holds `counts` (emotion,) clips."""
        return CrossEntropy(weights, label_smoothing=label_smoothing)


class FocalConfig(StrictConfig):
    """The focal loss: clips of high likelihood count less (Lin et al., ICCV 2017)."""

    kind: Literal["focal"] = "focal"
    gamma: Annotated[float, Field(ge=0.0, le=10.0)] = 2.0
    """Exponent of the focusing factor; 0 is the cross-entropy."""

    def build(self, counts: torch.Tensor, weights: torch.Tensor, label_smoothing: float) -> Focal:
        """The loss where an epoch holds `counts` (emotion,) clips."""
        return Focal(weights, label_smoothing=label_smoothing, gamma=self.gamma)


class LogitAdjustedConfig(StrictConfig):
    """The cross-entropy of logits plus the emotions' log prior (Menon et al., ICLR 2021).

    The prior is part of the loss alone, so the model predicts as if all emotions were equally
    frequent.
    """

    kind: Literal["logit_adjusted"] = "logit_adjusted"
    tau: Annotated[float, Field(ge=0.0, le=10.0)] = 1.0
    """Factor of the log prior; 0 is the cross-entropy."""

    def build(
        self, counts: torch.Tensor, weights: torch.Tensor, label_smoothing: float
    ) -> LogitAdjusted:
        """The loss where an epoch holds `counts` (emotion,) clips."""
        # An emotion without clips would get a prior of zero, and the loss become infinite.
        prior = counts.clamp(min=1.0) / counts.clamp(min=1.0).sum()
        return LogitAdjusted(
            weights, label_smoothing=label_smoothing, offsets=self.tau * prior.log()
        )


LossConfig = Annotated[
    CrossEntropyConfig | FocalConfig | LogitAdjustedConfig, Field(discriminator="kind")
]


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
