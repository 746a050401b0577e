"""Telephone line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.augmentation.filtering import shape_spectrum
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz

LINE_RATE: Hertz = 8_000
_BAND_HZ = np.array([200.0, 300.0, 3_400.0, 3_600.0])
_BAND_GAINS = np.array([0.0, 1.0, 1.0, 0.0])
_MU = 255.0
_HIGHEST_CODE = 127  # 8 bits with sign; zero has its own code, so that silence stays silent


class TelephoneConfig(AugmentationSettings):
    """A telephone line: 300 to 3400 Hz, 8 bits by µ-law."""

    kind: Literal["telephone"] = "telephone"

    def build(self) -> Telephone:
        """The augmentation."""
        return Telephone()


@dataclass(frozen=True)
class Telephone:
    """Band limit, µ-law and resampling to 8 kHz and back; peaks above full scale are clipped."""

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> None:
        """No parameters: all lines are the same."""

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: None) -> Samples:
        """The waveform (sample,) behind the line."""
        sent = resample(samples, sample_rate, LINE_RATE)
        line = shape_spectrum(sent, LINE_RATE, _BAND_HZ, _BAND_GAINS)
        received = resample(mu_law(line), LINE_RATE, sample_rate)
        result = np.zeros_like(samples)  # the roundings of both ways may differ by some samples
        count = min(len(samples), len(received))
        result[:count] = received[:count]
        return result


def mu_law(samples: Samples) -> Samples:
    """The waveform (sample,) with 8 bits per sample, fine where it is quiet and coarse where loud.

    The continuous law; G.711 approximates it by straight lines.
    """
    compressed = np.log1p(_MU * np.minimum(np.abs(samples), 1.0)) / np.log1p(_MU)
    codes = np.rint(compressed * _HIGHEST_CODE).astype(np.intp)
    quantised: Samples = np.copysign(_EXPANDED[codes], samples)
    return quantised


_EXPANDED: Samples = (
    np.expm1(np.arange(_HIGHEST_CODE + 1) / _HIGHEST_CODE * np.log1p(_MU)) / _MU
).astype(np.float32)
