"""Losses of training.

Targets are distributions over the emotions: one hot, proportions of listeners' votes, or a mixture
of two clips. Weights and priors come from the number of clips of each emotion in an epoch, so that
sampling and loss do not both correct the same imbalance. They are tables with a row for each
corpus, or a single row for all, see `EmotionCounts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F

from emotion_classifier.errors import ConfigError
from emotion_classifier.training.objectives.mixing import Mixture

_SMALLEST_FOCUS = 1e-6


class CrossEntropy(nn.Module):
    """The weighted mean over clips of the cost of their targets.

    Parameters
    ----------
    weights : (corpus, emotion), see `class_weights`.
    competing : (corpus, emotion) bool, the emotions in the softmax.
    label_smoothing : proportion of the target that is spread over the competing emotions.
    """

    weights: torch.Tensor
    competing: torch.Tensor

    def __init__(
        self, weights: torch.Tensor, competing: torch.Tensor, *, label_smoothing: float
    ) -> None:
        super().__init__()
        self.register_buffer("weights", weights, persistent=False)
        self.register_buffer("competing", competing, persistent=False)
        self.label_smoothing = label_smoothing

    def forward(
        self,
        logits: torch.Tensor,
        targets: torch.Tensor,
        corpora: torch.Tensor,
        mixture: Mixture | None = None,
    ) -> torch.Tensor:
        """The loss of a batch.

        Parameters
        ----------
        logits : (batch, emotion) float32.
        targets : (batch, emotion), distributions over the competing emotions, already mixed.
        corpora : (batch,) int64, the row of each clip in the tables.
        mixture : of the clips; emotions of either clip compete.
        """
        competing = self.competing[corpora]
        if mixture is not None:
            competing = mixture.union(competing)
        count = competing.sum(1, keepdim=True, dtype=torch.float64)
        spread = (self.label_smoothing / count).to(targets.dtype) * competing
        smooth = (1.0 - self.label_smoothing) * targets + spread
        weights = self._rows(self.weights, corpora, mixture)
        # Not minus infinity: its product with a target of zero is not a number.
        costs = self.costs(logits.masked_fill(~competing, torch.finfo(logits.dtype).min))
        return (weights * smooth * costs).sum() / (weights * targets).sum()

    def _rows(
        self, table: torch.Tensor, corpora: torch.Tensor, mixture: Mixture | None
    ) -> torch.Tensor:
        """Row (batch, emotion) of `table` (corpus, emotion) for each clip, mixed like the clips."""
        rows = table[corpora]
        return rows if mixture is None else mixture.interpolated(rows, self.competing[corpora])

    def costs(self, logits: torch.Tensor) -> torch.Tensor:
        """Cost of each emotion (batch, emotion) as the true one."""
        return -F.log_softmax(logits, 1)


class Focal(CrossEntropy):
    """See `FocalConfig`.

    Parameters
    ----------
    weights, competing, label_smoothing : as in `CrossEntropy`.
    gamma : as in `FocalConfig`.
    """

    def __init__(
        self,
        weights: torch.Tensor,
        competing: torch.Tensor,
        *,
        label_smoothing: float,
        gamma: float,
    ) -> None:
        super().__init__(weights, competing, label_smoothing=label_smoothing)
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
    weights, competing, label_smoothing : as in `CrossEntropy`.
    offsets : (corpus, emotion), added to the logits.
    """

    offsets: torch.Tensor

    def __init__(
        self,
        weights: torch.Tensor,
        competing: torch.Tensor,
        *,
        label_smoothing: float,
        offsets: torch.Tensor,
    ) -> None:
        super().__init__(weights, competing, label_smoothing=label_smoothing)
        self.register_buffer("offsets", offsets, persistent=False)

    def forward(
        self,
        logits: torch.Tensor,
        targets: torch.Tensor,
        corpora: torch.Tensor,
        mixture: Mixture | None = None,
    ) -> torch.Tensor:
        """The loss of a batch; parameters as in `CrossEntropy`."""
        offsets = self._rows(self.offsets, corpora, mixture)
        return super().forward(logits + offsets, targets, corpora, mixture)


def class_weights(counts: torch.Tensor, kind: Literal["none", "inverse_frequency"]) -> torch.Tensor:
    """Weights (corpus, emotion) float32 of the loss, 1 on average over the clips of a corpus.

    Parameters
    ----------
    counts : (corpus, emotion) clips of each emotion in an epoch; without clips the weight is 0.
    kind : ``none`` is 1 for all, ``inverse_frequency`` the same total for each emotion of a corpus.
    """
    if kind == "none":
        return torch.ones(counts.shape)
    present = counts > 0
    total, emotions = counts.sum(1, keepdim=True), present.sum(1, keepdim=True)
    weights = total / (emotions * torch.where(present, counts, 1.0))
    return torch.where(present, weights, 0.0).float()


def emotion_factors(chosen: Mapping[str, float], emotions: Sequence[str]) -> torch.Tensor:
    """Factors (emotion,) float32 of the loss: those of `chosen`, and 1 for all others.

    Raises
    ------
    ConfigError
        An emotion is not one of the model's.
    """
    if unknown := sorted(set(chosen) - set(emotions)):
        raise ConfigError(
            f"training.emotion_weights: {', '.join(unknown)}: the emotions of the model are "
            f"{', '.join(emotions)}"
        )
    return torch.tensor([chosen.get(emotion, 1.0) for emotion in emotions])
