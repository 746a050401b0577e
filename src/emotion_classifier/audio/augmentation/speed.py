"""Change of speed: tempo and pitch together."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import (
    AugmentationSettings,
    UniformDraw,
)
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

    def build(self) -> Speed:
        """The augmentation."""
        return Speed(self.minimum_factor, self.maximum_factor)


class Speed(UniformDraw):
    """Plays the clip faster by a drawn factor."""

    quantity = "factor"

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: float) -> Samples:
        """The waveform (sample,) at its new speed, `parameters` times shorter."""
        played = resample(samples, round(sample_rate * parameters), sample_rate)
        return samples.copy() if played is samples else played
