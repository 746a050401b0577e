"""Change of tempo at the same pitch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import (
    AugmentationSettings,
    UniformDraw,
)
from emotion_classifier.audio.augmentation.stretching import stretch, stretcher_library
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz

Factor = Annotated[float, Field(ge=0.5, le=2.0)]


class TempoConfig(AugmentationSettings):
    """Another tempo, as of a speaker who talks faster or slower; the pitch stays."""

    kind: Literal["tempo"] = "tempo"
    minimum_factor: Factor = 0.9
    """Lowest factor of the tempo; below one is slower."""
    maximum_factor: Factor = 1.1
    """Highest factor of the tempo; above one is faster."""

    def build(self) -> Tempo:
        """The augmentation.

        Raises
        ------
        MissingDependencyError
            The library that stretches is not installed.
        """
        stretcher_library()
        return Tempo(self.minimum_factor, self.maximum_factor)


class Tempo(UniformDraw):
    """Makes speech faster by a drawn factor, and the clip shorter by the same."""

    quantity = "factor"

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: float) -> Samples:
        """The waveform (sample,) at its new tempo, `parameters` times shorter."""
        return stretch(samples, sample_rate, factor=parameters)
