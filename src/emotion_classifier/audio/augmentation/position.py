"""Shift in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import numpy as np
from numpy.random import Generator
from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz, to_samples, to_seconds

Milliseconds: TypeAlias = float
ShiftMilliseconds = Annotated[float, Field(ge=-10_000.0, le=10_000.0)]


class TimeShiftConfig(AugmentationSettings):
    """Another position within the same duration: silence replaces the samples shifted out."""

    kind: Literal["time_shift"] = "time_shift"
    minimum_milliseconds: ShiftMilliseconds = -100.0
    """Lowest shift; negative is earlier."""
    maximum_milliseconds: ShiftMilliseconds = 100.0
    """Highest shift; positive is later. No clip is shifted by more than half of its length."""

    def build(self) -> TimeShift:
        """The augmentation."""
        return TimeShift(self.minimum_milliseconds, self.maximum_milliseconds)


@dataclass(frozen=True)
class TimeShift:
    """Shifts the waveform by a drawn number of milliseconds, without wrap-around.

    Parameters
    ----------
    minimum_milliseconds, maximum_milliseconds : of the shift; positive is later.
    """

    minimum_milliseconds: Milliseconds
    maximum_milliseconds: Milliseconds

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> Milliseconds:
        """The shift, at most half of the clip."""
        drawn = float(generator.uniform(self.minimum_milliseconds, self.maximum_milliseconds))
        limit = 1000.0 * to_seconds(sample_count // 2, sample_rate)
        return min(max(drawn, -limit), limit)

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Milliseconds) -> Samples:
        """The waveform (sample,) at its new position."""
        shift = to_samples(parameters / 1000.0, sample_rate)
        shifted = np.zeros_like(samples)
        if shift < 0:
            shifted[:shift] = samples[-shift:]
        else:
            shifted[shift:] = samples[: len(samples) - shift]
        return shifted
