"""Higher or lower, at the same speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings, require_ordered
from emotion_classifier.audio.augmentation.timing.stretching import stretch, stretcher_library
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz

Semitones = Annotated[float, Field(ge=-12.0, le=12.0)]


class PitchShiftConfig(AugmentationSettings):
    """Another pitch, as of a speaker with another voice; formants move with it."""

    kind: Literal["pitch_shift"] = "pitch_shift"
    minimum_semitones: Semitones = -2.0
    """Lowest change of the pitch."""
    maximum_semitones: Semitones = 2.0
    """Highest change of the pitch."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        require_ordered("semitones", self.minimum_semitones, self.maximum_semitones)
        return self

    def build(self) -> PitchShift:
        """The augmentation.

        Raises
        ------
        MissingDependencyError
            The library that shifts is not installed.
        """
        stretcher_library()
        return PitchShift(self.minimum_semitones, self.maximum_semitones)


@dataclass(frozen=True)
class PitchShift:
    """Raises the pitch by as many semitones as are drawn; the duration stays.

    Parameters
    ----------
    minimum_semitones, maximum_semitones : of the change.
    """

    minimum_semitones: float
    maximum_semitones: float

    def draw(self, sample_count: int, sample_rate: Hertz, generator: np.random.Generator) -> float:
        """The change of the pitch in semitones."""
        return float(generator.uniform(self.minimum_semitones, self.maximum_semitones))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: float) -> Samples:
        """The waveform (sample,) at its new pitch, as long as before."""
        return stretch(samples, sample_rate, semitones=parameters)
