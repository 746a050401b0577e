"""Faster and higher, or slower and lower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings, require_ordered
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz

Factor = Annotated[float, Field(ge=0.5, le=2.0)]


class SpeedConfig(AugmentationSettings):
    """Another speed, as of a tape: tempo, pitch and formants change together."""

    kind: Literal["speed"] = "speed"
    minimum_factor: Factor = 0.9
    """Lowest factor of the speed; below one is slower and lower."""
    maximum_factor: Factor = 1.1
    """Highest factor of the speed; above one is faster and higher."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        require_ordered("factor", self.minimum_factor, self.maximum_factor)
        return self

    def build(self) -> Speed:
        """The augmentation."""
        return Speed(self.minimum_factor, self.maximum_factor)


@dataclass(frozen=True)
class Speed:
    """Plays the clip faster by the factor that is drawn.

    Parameters
    ----------
    minimum_factor, maximum_factor : of the speed.
    """

    minimum_factor: float
    maximum_factor: float

    def draw(self, sample_count: int, sample_rate: Hertz, generator: np.random.Generator) -> float:
        """The factor of the speed."""
        return float(generator.uniform(self.minimum_factor, self.maximum_factor))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: float) -> Samples:
        """The waveform (sample,) at its new speed, `parameters` times shorter."""
        played = resample(samples, round(sample_rate * parameters), sample_rate)
        return samples.copy() if played is samples else played
