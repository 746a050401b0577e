"""Digital silence around a clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import numpy as np
from numpy.random import Generator
from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz, Seconds, to_samples


class PaddingConfig(AugmentationSettings):
    """Digital silence before and after the clip, as in generously cut recordings."""

    kind: Literal["padding"] = "padding"
    maximum_seconds: Annotated[float, Field(ge=0.0, le=60.0)] = 0.5
    """Longest silence on each side."""

    def build(self) -> Padding:
        """The augmentation."""
        return Padding(self.maximum_seconds)


class Silence(NamedTuple):
    """Duration of the silence on each side."""

    before_seconds: Seconds
    behind_seconds: Seconds


@dataclass(frozen=True)
class Padding:
    """Makes a clip longer with silence on both sides.

    Parameters
    ----------
    maximum_seconds : on each side.
    """

    maximum_seconds: Seconds

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> Silence:
        """The silence on each side."""
        before, behind = generator.uniform(0.0, self.maximum_seconds, 2)
        return Silence(float(before), float(behind))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Silence) -> Samples:
        """The waveform (sample,) between the silences."""
        before = to_samples(parameters.before_seconds, sample_rate)
        behind = to_samples(parameters.behind_seconds, sample_rate)
        padded = np.zeros(before + len(samples) + behind, dtype=np.float32)
        padded[before : before + len(samples)] = samples
        return padded
