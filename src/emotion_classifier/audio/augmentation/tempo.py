"""Changes of speed, tempo and pitch; the adapter of python_stretch.

audiomentations wraps the same library, but without a fixed seed (audible at factors below
one half) and takes two seconds to import, so it is called directly.
"""

from __future__ import annotations

from types import ModuleType
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings, UniformDraw
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import MissingDependencyError
from emotion_classifier.units import Hertz

Factor = Annotated[float, Field(ge=0.5, le=2.0)]
Semitones = Annotated[float, Field(ge=-12.0, le=12.0)]


class SpeedConfig(AugmentationSettings):
    """Another speed, as of a tape: tempo, pitch and formants change together."""

    kind: Literal["speed"] = "speed"
    minimum_factor: Factor = 0.9
    """Lowest factor of the speed; below one is slower and lower."""
    maximum_factor: Factor = 1.1
    """Highest factor of the speed; above one is faster and higher."""

    def build(self) -> Speed:
        return Speed(self.minimum_factor, self.maximum_factor)


class Speed(UniformDraw):
    """Plays the clip faster by a drawn factor."""

    quantity = "factor"

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: float) -> Samples:
        """The waveform (sample,) at its new speed, `parameters` times shorter."""
        played = resample(samples, round(sample_rate * parameters), sample_rate)
        return samples.copy() if played is samples else played


class TempoConfig(AugmentationSettings):
    """Another tempo, as of a speaker who talks faster or slower; the pitch stays."""

    kind: Literal["tempo"] = "tempo"
    minimum_factor: Factor = 0.9
    """Lowest factor of the tempo; below one is slower."""
    maximum_factor: Factor = 1.1
    """Highest factor of the tempo; above one is faster."""

    def build(self) -> Tempo:
        _library()
        return Tempo(self.minimum_factor, self.maximum_factor)


class Tempo(UniformDraw):
    """Makes speech faster by a drawn factor, and the clip shorter by the same."""

    quantity = "factor"

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: float) -> Samples:
        """The waveform (sample,) at its new tempo, `parameters` times shorter."""
        return stretch(samples, sample_rate, factor=parameters)


class PitchShiftConfig(AugmentationSettings):
    """Another pitch, as of a speaker with another voice; formants move with it."""

    kind: Literal["pitch_shift"] = "pitch_shift"
    minimum_semitones: Semitones = -2.0
    """Lowest change of the pitch."""
    maximum_semitones: Semitones = 2.0
    """Highest change of the pitch."""

    def build(self) -> PitchShift:
        _library()
        return PitchShift(self.minimum_semitones, self.maximum_semitones)


class PitchShift(UniformDraw):
    """Raises the pitch by a drawn number of semitones; the duration stays."""

    quantity = "semitones"

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: float) -> Samples:
        """The waveform (sample,) at its new pitch, as long as before."""
        return stretch(samples, sample_rate, semitones=parameters)


def stretch(
    samples: Samples, sample_rate: Hertz, *, semitones: float = 0.0, factor: float = 1.0
) -> Samples:
    """The waveform at another pitch or tempo; deterministic, without delay.

    Parameters
    ----------
    samples : (sample,) float32.
    semitones : by which the pitch rises.
    factor : of the tempo; above one is faster and shorter.

    Raises
    ------
    MissingDependencyError
        python_stretch is not installed.
    """
    if len(samples) == 0:
        return samples.copy()
    stretcher = _library().Signalsmith.Stretch(0)
    stretcher.preset(1, sample_rate)
    stretcher.setTransposeSemitones(semitones)
    stretcher.setTimeFactor(factor)
    # A copy, because the library refuses arrays that are read-only and misreads those with strides.
    result: Samples = stretcher.process(np.array([samples], np.float32, order="C"))[0]
    return result


def _library() -> ModuleType:
    """python_stretch (Signalsmith Stretch)."""
    try:
        import python_stretch
    except ImportError as error:
        purpose = "augmentation by pitch_shift or tempo"
        raise MissingDependencyError("python_stretch", "train", purpose) from error
    return python_stretch
