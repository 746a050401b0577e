"""Mixtures of two clips on standardised features, in training only.

A clip that is not mixed has a share of one and is unchanged.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol

import torch

from emotion_classifier.models.lengths import zero_padding


@dataclass(frozen=True)
class Mixture(ABC):
    """The mixture that was drawn for one batch.

    Parameters
    ----------
    partners : (batch,) index of the clip that each is mixed with.
    shares : (batch,) weight of the clip itself, 0 to 1.
    """

    partners: torch.Tensor
    shares: torch.Tensor

    @abstractmethod
    def features(
        self, features: torch.Tensor, frames: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mixed features (batch, frame, feature) and the frames (batch,) of each clip."""

    def targets(self, targets: torch.Tensor) -> torch.Tensor:
        """Distributions (batch, class), mixed with the same shares."""
        return _weighted(targets, targets[self.partners], self.shares[:, None])

    def union(self, competing: torch.Tensor) -> torch.Tensor:
        """Emotions (batch, emotion) bool of `competing` in a clip or in its partner."""
        own, partner = self.shares[:, None] > 0.0, self.shares[:, None] < 1.0
        return (own & competing) | (partner & competing[self.partners])

    def interpolated(self, values: torch.Tensor, competing: torch.Tensor) -> torch.Tensor:
        """Values (batch, emotion), mixed where the emotion competes in both clips.

        Elsewhere it is the value in the clip where the emotion competes.
        """
        partner, shared = values[self.partners], competing[self.partners]
        own = torch.where(competing, values, partner)
        # Values that are equal in both clips stay so, bit for bit.
        return torch.lerp(torch.where(shared, partner, values), own, self.shares[:, None])


class Mixing(Protocol):
    """A way to mix the clips of a batch."""

    def draw(self, frames: torch.Tensor) -> Mixture:
        """A mixture of clips of `frames` (batch,), from torch's generator."""


class Mixup:
    """See `MixupConfig`.

    Parameters
    ----------
    alpha, probability : as in `MixupConfig`.
    """

    def __init__(self, *, alpha: float, probability: float) -> None:
        self.alpha = alpha
        self.probability = probability

    def draw(self, frames: torch.Tensor) -> Blend:
        """A partner and a share for each clip."""
        return Blend(
            torch.randperm(len(frames), device=frames.device),
            _shares(frames, self.alpha, self.probability),
        )


class CutMix:
    """See `CutMixConfig`.

    Parameters
    ----------
    alpha, probability : as in `CutMixConfig`.
    """

    def __init__(self, *, alpha: float, probability: float) -> None:
        self.alpha = alpha
        self.probability = probability

    def draw(self, frames: torch.Tensor) -> Cut:
        """A partner and a segment of it for each clip, at most as long as the partner."""
        partners = torch.randperm(len(frames), device=frames.device)
        removed = (1.0 - _shares(frames, self.alpha, self.probability)) * frames
        counts = torch.minimum(removed.round().long(), frames[partners])
        starts = _position(frames - counts)
        sources = _position(frames[partners] - counts)
        return Cut(partners, 1.0 - counts / frames, counts, starts, sources)


@dataclass(frozen=True)
class Blend(Mixture):
    """The weighted sum of two clips."""

    def features(
        self, features: torch.Tensor, frames: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mixed features, as long as the longer clip; the shorter continues as zeros, their mean."""
        padded = zero_padding(features, frames)
        longer = torch.maximum(frames, frames[self.partners])
        mixed = _weighted(padded, padded[self.partners], self.shares[:, None, None])
        return mixed, torch.where(self.shares < 1.0, longer, frames)


@dataclass(frozen=True)
class Cut(Mixture):
    """A clip with a segment of another.

    Parameters
    ----------
    counts : (batch,) frames that are replaced.
    starts : (batch,) the first of them.
    sources : (batch,) the first frame of the partner's segment.
    """

    counts: torch.Tensor
    starts: torch.Tensor
    sources: torch.Tensor

    def features(
        self, features: torch.Tensor, frames: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mixed features; each clip is as long as before."""
        last = features.shape[1] - 1
        position = torch.arange(last + 1, device=features.device) - self.starts[:, None]
        source = (position + self.sources[:, None]).clamp(0, last)
        is_replaced = (position >= 0) & (position < self.counts[:, None])
        segments = features[self.partners[:, None], source]
        return torch.where(is_replaced[:, :, None], segments, features), frames


def _shares(frames: torch.Tensor, alpha: float, probability: float) -> torch.Tensor:
    """Weight (batch,) of each clip in its mixture; 1 where it is not mixed."""
    concentration = torch.full(frames.shape, alpha, device=frames.device)
    shares = torch.distributions.Beta(concentration, concentration).sample()
    is_mixed = torch.rand(frames.shape, device=frames.device) < probability
    return torch.where(is_mixed, shares, 1.0)


def _position(highest: torch.Tensor) -> torch.Tensor:
    """An integer (batch,) from 0 to `highest`, each equally likely."""
    drawn = torch.rand(highest.shape, device=highest.device) * (highest + 1)
    return torch.minimum(drawn.long(), highest)


def _weighted(clip: torch.Tensor, partner: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    return share * clip + (1.0 - share) * partner
