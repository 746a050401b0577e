"""Faster or slower, at the same pitch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings, require_ordered
from emotion_classifier.audio.augmentation.timing.stretching import stretch, stretcher_library
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

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        require_ordered("factor", self.minimum_factor, self.maximum_factor)
        return self

    def build(self) -> Tempo:
        """The augmentation.

        Raises
        ------
        MissingDependencyError
            The library that stretches is not installed.
        """
        stretcher_library()
        return Tempo(self.minimum_factor, self.maximum_factor)


@dataclass(frozen=True)
class Tempo:
    """Makes speech faster by the factor that is drawn, and the clip shorter by the same.

    Parameters
    ----------
    minimum_factor, maximum_factor : of the tempo.
    """

    minimum_factor: float
    maximum_factor: float

    def draw(self, sample_count: int, sample_rate: Hertz, generator: np.random.Generator) -> float:
        """The factor of the tempo."""
        return float(generator.uniform(self.minimum_factor, self.maximum_factor))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: float) -> Samples:
        """The waveform (sample,) at its new tempo, `parameters` times shorter."""
        return stretch(samples, sample_rate, factor=parameters)
