"""Change of level."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import (
    AugmentationSettings,
    UniformDraw,
)
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz

GainDb = Annotated[float, Field(ge=-80.0, le=80.0)]


class GainConfig(AugmentationSettings):
    """Another level, as of a microphone nearer or farther."""

    kind: Literal["gain"] = "gain"
    minimum_db: GainDb = -12.0
    """Lowest change of the level."""
    maximum_db: GainDb = 6.0
    """Highest change of the level."""

    def build(self) -> Gain:
        """The augmentation."""
        return Gain(self.minimum_db, self.maximum_db)


class Gain(UniformDraw):
    """Changes the level by a drawn number of decibels."""

    quantity = "db"

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: float) -> Samples:
        """The waveform (sample,) at its new level."""
        return samples * np.float32(10.0 ** (parameters / 20.0))
