"""Two clips made one, on standardised features, in training only.

A clip that is not mixed keeps a share of one and is left as it is.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple, Protocol

import torch
from pydantic import Field

from emotion_classifier.config import StrictConfig
from emotion_classifier.models.lengths import zero_padding


class Mixture(Protocol):
    """What was drawn for one batch."""

    def features(
        self, features: torch.Tensor, frames: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mixed features (batch, frame, feature) and the frames (batch,) of each clip."""

    def targets(self, targets: torch.Tensor) -> torch.Tensor:
        """Distributions (batch, class), mixed with the same shares."""


class Mixing(Protocol):
    """A way to mix the clips of a batch."""

    def draw(self, frames: torch.Tensor) -> Mixture:
        """What happens to clips of `frames` (batch,), from torch's generator."""


class MixupConfig(StrictConfig):
    """Mixup: the weighted sum of two clips' features (Zhang et al., ICLR 2018)."""

    kind: Literal["mixup"] = "mixup"
    alpha: Annotated[float, Field(gt=0.0, le=100.0)] = 0.2
    """Both parameters of the shares' beta distribution; larger mixes more evenly."""
    probability: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """Share of the clips that are mixed."""

    def build(self) -> Mixup:
        """The mixing."""
        return Mixup(alpha=self.alpha, probability=self.probability)


class CutMixConfig(StrictConfig):
    """CutMix: a stretch of time replaced by another clip's (Yun et al., ICCV 2019)."""

    kind: Literal["cutmix"] = "cutmix"
    alpha: Annotated[float, Field(gt=0.0, le=100.0)] = 1.0
    """Both parameters of the shares' beta distribution; larger mixes more evenly."""
    probability: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """Share of the clips that are mixed."""

    def build(self) -> CutMix:
        """The mixing."""
        return CutMix(alpha=self.alpha, probability=self.probability)


MixingConfig = Annotated[MixupConfig | CutMixConfig, Field(discriminator="kind")]


class Mixup:
    """See `MixupConfig`.

    Parameters
    ----------
    alpha, probability : as in `MixupConfig`.
    """

    def __init__(self, *, alpha: float = 0.2, probability: float = 0.5) -> None:
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

    def __init__(self, *, alpha: float = 1.0, probability: float = 0.5) -> None:
        self.alpha = alpha
        self.probability = probability

    def draw(self, frames: torch.Tensor) -> Cut:
        """A partner, and a stretch of it, for each clip; a shorter partner gives what it has."""
        partners = torch.randperm(len(frames), device=frames.device)
        removed = (1.0 - _shares(frames, self.alpha, self.probability)) * frames
        counts = torch.minimum(removed.round().long(), frames[partners])
        starts = _position(frames - counts)
        sources = _position(frames[partners] - counts)
        return Cut(partners, 1.0 - counts / frames, counts, starts, sources)


class Blend(NamedTuple):
    """A `Mixture` that adds up.

    Parameters
    ----------
    partners : (batch,) the clip that each is mixed with.
    shares : (batch,) of the clip itself.
    """

    partners: torch.Tensor
    shares: torch.Tensor

    def features(
        self, features: torch.Tensor, frames: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mixed features, as long as the longer clip; the shorter goes on as zeros, their mean."""
        silent = zero_padding(features, frames)
        longer = torch.maximum(frames, frames[self.partners])
        mixed = _weighted(silent, silent[self.partners], self.shares[:, None, None])
        return mixed, torch.where(self.shares < 1.0, longer, frames)

    def targets(self, targets: torch.Tensor) -> torch.Tensor:
        """Distributions (batch, class), mixed with the same shares."""
        return _weighted(targets, targets[self.partners], self.shares[:, None])


class Cut(NamedTuple):
    """A `Mixture` that replaces a stretch of time.

    Parameters
    ----------
    partners : (batch,) the clip that each is mixed with.
    shares : (batch,) of the clip's own frames that it keeps.
    counts : (batch,) frames that are replaced.
    starts : (batch,) the first of them.
    sources : (batch,) the first frame of the partner's stretch.
    """

    partners: torch.Tensor
    shares: torch.Tensor
    counts: torch.Tensor
    starts: torch.Tensor
    sources: torch.Tensor

    def features(
        self, features: torch.Tensor, frames: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Mixed features; each clip is as long as before."""
        last = features.shape[1] - 1
        place = torch.arange(last + 1, device=features.device) - self.starts[:, None]
        source = (place + self.sources[:, None]).clamp(0, last)
        is_replaced = (place >= 0) & (place < self.counts[:, None])
        stretches = features[self.partners[:, None], source]
        return torch.where(is_replaced[:, :, None], stretches, features), frames

    def targets(self, targets: torch.Tensor) -> torch.Tensor:
        """Distributions (batch, class), mixed with the same shares."""
        return _weighted(targets, targets[self.partners], self.shares[:, None])


def _shares(frames: torch.Tensor, alpha: float, probability: float) -> torch.Tensor:
    """Shares (batch,) that clips keep of themselves; one for those that are not mixed."""
    concentration = torch.full(frames.shape, alpha, device=frames.device)
    shares = torch.distributions.Beta(concentration, concentration).sample()
    is_mixed = torch.rand(frames.shape, device=frames.device) < probability
    return torch.where(is_mixed, shares, 1.0)


def _position(highest: torch.Tensor) -> torch.Tensor:
    """A whole number (batch,) from zero up to `highest`, each equally likely."""
    drawn = torch.rand(highest.shape, device=highest.device) * (highest + 1)
    return torch.minimum(drawn.long(), highest)


def _weighted(one: torch.Tensor, other: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    return share * one + (1.0 - share) * other
