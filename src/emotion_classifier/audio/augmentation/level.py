"""Changes of the level and sign of samples: gain, clipping, polarity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator
from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings, UniformDraw
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz

GainDb = Annotated[float, Field(ge=-80.0, le=80.0)]
ClippedDb = Annotated[float, Field(ge=0.0, le=40.0)]


class GainConfig(AugmentationSettings):
    """Another level, as of a microphone nearer or farther."""

    kind: Literal["gain"] = "gain"
    minimum_db: GainDb = -12.0
    """Lowest change of the level."""
    maximum_db: GainDb = 6.0
    """Highest change of the level."""

    def build(self) -> Gain:
        return Gain(self.minimum_db, self.maximum_db)


class Gain(UniformDraw):
    """Changes the level by a drawn number of decibels."""

    quantity = "db"

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: float) -> Samples:
        """The waveform (sample,) at its new level."""
        return samples * np.float32(10.0 ** (parameters / 20.0))


class ClippingConfig(AugmentationSettings):
    """Clipped peaks, as of a recording with too much gain."""

    kind: Literal["clipping"] = "clipping"
    minimum_db: ClippedDb = 1.0
    """Least distance of the limit below the clip's peak."""
    maximum_db: ClippedDb = 12.0
    """Greatest distance of the limit below the clip's peak."""

    def build(self) -> Clipping:
        return Clipping(self.minimum_db, self.maximum_db)


class Clipping(UniformDraw):
    """Clips at a limit that is a drawn number of decibels below the peak of the clip.

    The limit is relative to the peak, not a share of the samples: that share would include the
    pauses, and in a clip of digital silence and one word the limit would be zero.
    """

    quantity = "db"

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: float) -> Samples:
        """The waveform (sample,) clipped at the limit."""
        peak = np.abs(samples).max(initial=0.0)
        limit = np.float32(peak * 10.0 ** (-parameters / 20.0))
        return np.clip(samples, -limit, limit)


class PolarityConfig(AugmentationSettings):
    """Inverted sign of all samples, as by a microphone with reversed wires."""

    kind: Literal["polarity"] = "polarity"

    def build(self) -> Polarity:
        return Polarity()


@dataclass(frozen=True)
class Polarity:
    """Inverts the sign of all samples."""

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> None:
        """No parameters."""

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: None) -> Samples:
        """The waveform (sample,) with the sign inverted."""
        return -samples
