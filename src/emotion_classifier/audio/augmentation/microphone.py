"""Frequency response of an unknown microphone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import numpy as np
from numpy.random import Generator
from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.augmentation.filtering import shape_spectrum
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Decibels, Hertz

BAND_CENTRES_HZ = (63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)
"""The octave bands of the equaliser."""

# Fine enough for straight lines between the points to miss the kinks by less than half a decibel.
_POINTS_HZ = np.geomspace(20.0, 24_000.0, 160)

LowCutHz = Annotated[float, Field(ge=10.0, le=1_000.0)]
HighCutHz = Annotated[float, Field(ge=2_000.0, le=24_000.0)]


class MicrophoneConfig(AugmentationSettings):
    """Another microphone: an uneven response within band limits."""

    kind: Literal["microphone"] = "microphone"
    maximum_gain_db: Annotated[float, Field(ge=0.0, le=24.0)] = 6.0
    """Each octave band becomes louder or quieter by at most this."""
    minimum_low_cut_hz: LowCutHz = 20.0
    """Lowest frequency below which sound fades by 12 dB per octave."""
    maximum_low_cut_hz: LowCutHz = 200.0
    """Highest frequency below which sound fades."""
    minimum_high_cut_hz: HighCutHz = 5_000.0
    """Lowest frequency above which sound fades by 12 dB per octave."""
    maximum_high_cut_hz: HighCutHz = 12_000.0
    """Highest frequency above which sound fades."""

    def build(self) -> Microphone:
        return Microphone(
            self.maximum_gain_db,
            (self.minimum_low_cut_hz, self.maximum_low_cut_hz),
            (self.minimum_high_cut_hz, self.maximum_high_cut_hz),
        )


class Response(NamedTuple):
    """Frequency response of a microphone.

    Parameters
    ----------
    gains_db : (band,) at `BAND_CENTRES_HZ`.
    low_cut_hz, high_cut_hz : frequencies at which the band limits attenuate by 3 dB.
    """

    gains_db: tuple[Decibels, ...]
    low_cut_hz: float
    high_cut_hz: float


@dataclass(frozen=True)
class Microphone:
    """Applies the drawn response; phases stay. Each cut has its lowest and highest frequency."""

    maximum_gain_db: Decibels
    low_cut_hz: tuple[float, float]
    high_cut_hz: tuple[float, float]

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> Response:
        """The response; the band limits are drawn on a logarithmic scale."""
        bands = len(BAND_CENTRES_HZ)
        gains = generator.uniform(-self.maximum_gain_db, self.maximum_gain_db, bands)
        low = np.exp(generator.uniform(*np.log(self.low_cut_hz)))
        high = np.exp(generator.uniform(*np.log(self.high_cut_hz)))
        return Response(tuple(gains.tolist()), float(low), float(high))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Response) -> Samples:
        """The waveform (sample,) with that response."""
        octaves, centres = np.log2(_POINTS_HZ), np.log2(BAND_CENTRES_HZ)
        gains = 10.0 ** (np.interp(octaves, centres, parameters.gains_db) / 20.0)
        # Second-order Butterworth flanks.
        gains /= np.sqrt(1.0 + (parameters.low_cut_hz / _POINTS_HZ) ** 4)
        gains /= np.sqrt(1.0 + (_POINTS_HZ / parameters.high_cut_hz) ** 4)
        return shape_spectrum(samples, sample_rate, _POINTS_HZ, gains)
