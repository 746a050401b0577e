"""Zero mean and unit deviation, with statistics of the training part kept in the model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import torch
from torch import nn

from emotion_classifier.config import StrictConfig
from emotion_classifier.models.lengths import frame_mask

_LEAST_DEVIATION = 1e-5

StandardisationKind = Literal["none", "global", "per_bin", "per_utterance"]


class StandardisationConfig(StrictConfig):
    """Standardisation of the features."""

    kind: StandardisationKind = "per_bin"
    """One mean for all values, one for each feature bin, one for each clip, or none."""

    def build(self, features: int) -> Standardisation:
        """The module for `features` values in a frame."""
        return Standardisation(features, kind=self.kind)


class Standardisation(nn.Module):
    """Features minus their mean, divided by their deviation.

    Parameters
    ----------
    features : values in a frame.
    kind : ``global`` and ``per_bin`` use statistics given by `fit` (the training part only),
        ``per_utterance`` those of the clip's own frames, ``none`` changes nothing.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, features: int, *, kind: StandardisationKind = "per_bin") -> None:
        super().__init__()
        self.kind = kind
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("deviation", torch.ones(features))

    @property
    def needs_fit(self) -> bool:
        """Whether `fit` must be called before training."""
        return self.kind in ("global", "per_bin")

    def fit(self, clips: Iterable[torch.Tensor]) -> None:
        """Take the statistics of `clips`, each (frame, feature), summed in double precision."""
        count = 0
        total = torch.zeros_like(self.mean, dtype=torch.float64)
        squares = torch.zeros_like(total)
        for clip in clips:
            values = clip.double()
            count += values.shape[0]
            total += values.sum(0)
            squares += values.square().sum(0)
        mean, square = total / count, squares / count
        if self.kind == "global":
            mean, square = mean.mean().expand_as(mean), square.mean().expand_as(square)
        deviation = (square - mean.square()).clamp(min=_LEAST_DEVIATION**2).sqrt()
        self.mean.copy_(mean)
        self.deviation.copy_(deviation)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Standardised `features` (batch, frame, feature) of clips with `lengths` frames."""
        if self.kind == "none":
            return features
        if self.kind != "per_utterance":
            return (features - self.mean) / self.deviation
        inside = frame_mask(lengths, features.shape[1])[:, :, None]
        count = (lengths * features.shape[2]).to(features.dtype)[:, None, None]
        mean = features.masked_fill(~inside, 0.0).sum((1, 2), keepdim=True) / count
        centred = (features - mean).masked_fill(~inside, 0.0)
        variance = centred.square().sum((1, 2), keepdim=True) / count
        return centred / variance.clamp(min=_LEAST_DEVIATION**2).sqrt()
