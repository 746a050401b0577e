"""Recorded too loud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings, require_ordered
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Decibels, Hertz

ClippedDb = Annotated[float, Field(ge=0.0, le=40.0)]


class ClippingConfig(AugmentationSettings):
    """Clipped peaks, as of a recording with too much gain."""

    kind: Literal["clipping"] = "clipping"
    minimum_db: ClippedDb = 1.0
    """Least distance of the limit below the clip's peak."""
    maximum_db: ClippedDb = 12.0
    """Greatest distance of the limit below the clip's peak."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        require_ordered("db", self.minimum_db, self.maximum_db)
        return self

    def build(self) -> Clipping:
        """The augmentation."""
        return Clipping(self.minimum_db, self.maximum_db)


@dataclass(frozen=True)
class Clipping:
    """Cuts off what is above a limit, as many decibels below the clip's peak as are drawn.

    A limit relative to the peak, not a share of the samples: that share would take in the pauses,
    and in a clip of digital silence and one word the limit would be zero.

    Parameters
    ----------
    minimum_db, maximum_db : of the distance between limit and peak.
    """

    minimum_db: Decibels
    maximum_db: Decibels

    def draw(
        self, sample_count: int, sample_rate: Hertz, generator: np.random.Generator
    ) -> Decibels:
        """The distance of the limit below the peak."""
        return float(generator.uniform(self.minimum_db, self.maximum_db))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Decibels) -> Samples:
        """The waveform (sample,) without what is above the limit."""
        peak = np.abs(samples).max(initial=0.0)
        limit = np.float32(peak * 10.0 ** (-parameters / 20.0))
        return np.clip(samples, -limit, limit)
