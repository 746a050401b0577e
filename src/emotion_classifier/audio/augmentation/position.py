"""Other positions and lengths of a clip in time: crop, padding, shift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.random import Generator
from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.clips import crop, random_start
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz, Seconds, to_samples, to_seconds

Milliseconds: TypeAlias = float
ShiftMilliseconds = Annotated[float, Field(ge=-10_000.0, le=10_000.0)]


class CropConfig(AugmentationSettings):
    """A random section of the clip, as of a recording that began late or ended early."""

    kind: Literal["crop"] = "crop"
    minimum_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.8
    """Smallest share of the clip that is kept."""

    def build(self) -> Crop:
        return Crop(self.minimum_share)


class Section(NamedTuple):
    """Part of a clip, in samples."""

    start: int
    length: int


@dataclass(frozen=True)
class Crop:
    """Keeps a section of drawn length and position, at least one sample long."""

    minimum_share: float

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> Section:
        """The section."""
        share = generator.uniform(self.minimum_share, 1.0)
        length = max(1, round(share * sample_count))
        return Section(random_start(sample_count, length, generator), length)

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Section) -> Samples:
        """A view (sample,) of the section."""
        return crop(samples, parameters.length, parameters.start)


class PaddingConfig(AugmentationSettings):
    """Digital silence before and after the clip, as in generously cut recordings."""

    kind: Literal["padding"] = "padding"
    maximum_seconds: Annotated[float, Field(ge=0.0, le=60.0)] = 0.5
    """Longest silence on each side."""

    def build(self) -> Padding:
        return Padding(self.maximum_seconds)


class Silence(NamedTuple):
    """Duration of the silence on each side."""

    before_seconds: Seconds
    behind_seconds: Seconds


@dataclass(frozen=True)
class Padding:
    """Makes a clip longer by silence of at most `maximum_seconds` on each side."""

    maximum_seconds: Seconds

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> Silence:
        """The silence on each side."""
        before, behind = generator.uniform(0.0, self.maximum_seconds, 2)
        return Silence(float(before), float(behind))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Silence) -> Samples:
        """The waveform (sample,) between the silences."""
        return np.pad(samples, [to_samples(seconds, sample_rate) for seconds in parameters])


class TimeShiftConfig(AugmentationSettings):
    """Another position within the same duration: silence replaces the samples shifted out."""

    kind: Literal["time_shift"] = "time_shift"
    minimum_milliseconds: ShiftMilliseconds = -100.0
    """Lowest shift; negative is earlier."""
    maximum_milliseconds: ShiftMilliseconds = 100.0
    """Highest shift; positive is later. No clip is shifted by more than half of its length."""

    def build(self) -> TimeShift:
        return TimeShift(self.minimum_milliseconds, self.maximum_milliseconds)


@dataclass(frozen=True)
class TimeShift:
    """Shifts the waveform by a drawn number of milliseconds, later where it is positive."""

    minimum_milliseconds: Milliseconds
    maximum_milliseconds: Milliseconds

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> Milliseconds:
        """The shift, at most half of the clip."""
        drawn = float(generator.uniform(self.minimum_milliseconds, self.maximum_milliseconds))
        limit = 1000.0 * to_seconds(sample_count // 2, sample_rate)
        return min(max(drawn, -limit), limit)

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Milliseconds) -> Samples:
        """The waveform (sample,) at its new position, without wrap-around."""
        shift = to_samples(parameters / 1000.0, sample_rate)
        shifted = np.zeros_like(samples)
        if shift < 0:
            shifted[:shift] = samples[-shift:]
        else:
            shifted[shift:] = samples[: len(samples) - shift]
        return shifted
