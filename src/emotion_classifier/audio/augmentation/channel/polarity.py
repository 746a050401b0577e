"""The waveform upside down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz


class PolarityConfig(AugmentationSettings):
    """The sign of all samples changed, as by a microphone that is wired the other way round."""

    kind: Literal["polarity"] = "polarity"

    def build(self) -> Polarity:
        """The augmentation."""
        return Polarity()


@dataclass(frozen=True)
class Polarity:
    """Changes the sign of all samples."""

    def draw(self, sample_count: int, sample_rate: Hertz, generator: np.random.Generator) -> None:
        """Nothing: all is said by the clip being chosen."""

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: None) -> Samples:
        """The waveform (sample,) upside down."""
        return -samples
