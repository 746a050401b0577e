"""White noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.random import Generator

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.augmentation.snr import SnrDb, with_noise
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Decibels, Hertz


class GaussianNoiseConfig(AugmentationSettings):
    """White noise, as of a cheap microphone or amplifier."""

    kind: Literal["gaussian_noise"] = "gaussian_noise"
    minimum_snr_db: SnrDb = 10.0
    """Lowest distance of the noise below the level of the whole clip."""
    maximum_snr_db: SnrDb = 40.0
    """Highest distance of the noise below the level of the whole clip."""

    def build(self) -> GaussianNoise:
        """The augmentation."""
        return GaussianNoise(self.minimum_snr_db, self.maximum_snr_db)


class DrawnNoise(NamedTuple):
    """Reproducible white noise.

    Parameters
    ----------
    snr_db : distance below the clip.
    seed : of the noise.
    """

    snr_db: Decibels
    seed: int


@dataclass(frozen=True)
class GaussianNoise:
    """Adds white noise at a drawn distance below the clip; silence stays silent.

    Parameters
    ----------
    minimum_snr_db, maximum_snr_db : level of the clip above that of the noise.
    """

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
