"""Louder or quieter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings, require_ordered
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Decibels, Hertz

GainDb = Annotated[float, Field(ge=-80.0, le=80.0)]


class GainConfig(AugmentationSettings):
    """Another level, as of a microphone nearer or farther."""

    kind: Literal["gain"] = "gain"
    minimum_db: GainDb = -12.0
    """Lowest change of the level."""
    maximum_db: GainDb = 6.0
    """Highest change of the level."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        require_ordered("db", self.minimum_db, self.maximum_db)
        return self

    def build(self) -> Gain:
        """The augmentation."""
        return Gain(self.minimum_db, self.maximum_db)


@dataclass(frozen=True)
class Gain:
    """Changes the level by as many decibels as are drawn.

    Parameters
    ----------
    minimum_db, maximum_db : of the change.
    """

    minimum_db: Decibels
    maximum_db: Decibels

    def draw(
        self, sample_count: int, sample_rate: Hertz, generator: np.random.Generator
    ) -> Decibels:
        """The change of the level."""
        return float(generator.uniform(self.minimum_db, self.maximum_db))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Decibels) -> Samples:
        """The waveform (sample,) at its new level."""
        return samples * np.float32(10.0 ** (parameters / 20.0))
