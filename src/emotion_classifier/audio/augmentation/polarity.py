"""Inverted polarity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from numpy.random import Generator

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz


class PolarityConfig(AugmentationSettings):
    """Inverted sign of all samples, as by a microphone with reversed wires."""

    kind: Literal["polarity"] = "polarity"

    def build(self) -> Polarity:
        """The augmentation."""
        return Polarity()


@dataclass(frozen=True)
class Polarity:
    """Inverts the sign of all samples."""

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> None:
        """No parameters."""

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: None) -> Samples:
        """The waveform (sample,) with the sign inverted."""
        return -samples
