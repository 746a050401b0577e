"""Change of pitch at the same tempo."""

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

Semitones = Annotated[float, Field(ge=-12.0, le=12.0)]


class PitchShiftConfig(AugmentationSettings):
    """Another pitch, as of a speaker with another voice; formants move with it."""

    kind: Literal["pitch_shift"] = "pitch_shift"
    minimum_semitones: Semitones = -2.0
    """Lowest change of the pitch."""
    maximum_semitones: Semitones = 2.0
    """Highest change of the pitch."""

    def build(self) -> PitchShift:
        """The augmentation.

        Raises
        ------
        MissingDependencyError
            The library that shifts is not installed.
        """
        stretcher_library()
        return PitchShift(self.minimum_semitones, self.maximum_semitones)


class PitchShift(UniformDraw):
    """Raises the pitch by a drawn number of semitones; the duration stays."""

    quantity = "semitones"

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: float) -> Samples:
        """The waveform (sample,) at its new pitch, as long as before."""
        return stretch(samples, sample_rate, semitones=parameters)
