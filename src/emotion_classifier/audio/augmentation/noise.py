"""White noise, and signal-to-noise ratios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import numpy as np
from numpy.random import Generator
from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Decibels, Hertz

SnrDb = Annotated[float, Field(ge=-20.0, le=100.0)]


class GaussianNoiseConfig(AugmentationSettings):
    """White noise, as of a cheap microphone or amplifier."""

    kind: Literal["gaussian_noise"] = "gaussian_noise"
    minimum_snr_db: SnrDb = 10.0
    """Lowest distance of the noise below the level of the whole clip."""
    maximum_snr_db: SnrDb = 40.0
    """Highest distance of the noise below the level of the whole clip."""

    def build(self) -> GaussianNoise:
        return GaussianNoise(self.minimum_snr_db, self.maximum_snr_db)


class DrawnNoise(NamedTuple):
    """Reproducible white noise: its distance below the clip, and its seed."""

    snr_db: Decibels
    seed: int


@dataclass(frozen=True)
class GaussianNoise:
    """Adds white noise at a drawn distance below the clip; silence stays silent."""

    minimum_snr_db: Decibels
    maximum_snr_db: Decibels

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> DrawnNoise:
        """The distance and the seed of the noise."""
        snr_db = float(generator.uniform(self.minimum_snr_db, self.maximum_snr_db))
        return DrawnNoise(snr_db, int(generator.integers(1 << 63)))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: DrawnNoise) -> Samples:
        """The waveform (sample,) with noise."""
        generator = Generator(np.random.SFC64(parameters.seed))
        noise = generator.standard_normal(len(samples), dtype=np.float32)
        return with_noise(samples, noise, parameters.snr_db)


def rms(samples: Samples) -> float:
    """Root mean square of (sample,), summed in single precision for speed."""
    return float(np.sqrt(np.square(samples).mean()))


def with_noise(samples: Samples, noise: Samples, snr_db: Decibels) -> Samples:
    """The sum of a clip and noise that is `snr_db` below it, both measured over the whole clip.

    Where either is silent, the result is the clip itself.

    Parameters
    ----------
    samples, noise : (sample,), of one length.
    """
    level = rms(noise)
    if level == 0.0:
        return samples
    mixed = noise * np.float32(rms(samples) / level * 10.0 ** (-snr_db / 20.0))
    mixed += samples
    return mixed
