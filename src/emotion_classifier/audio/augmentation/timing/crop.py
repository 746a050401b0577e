"""A stretch of a clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from emotion_classifier.audio import clips
from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz


class CropConfig(AugmentationSettings):
    """A stretch from somewhere in the clip, as of a recording that began late or ended early."""

    kind: Literal["crop"] = "crop"
    minimum_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.8
    """Smallest share of the clip that is kept."""

    def build(self) -> Crop:
        """The augmentation."""
        return Crop(self.minimum_share)


class Stretch(NamedTuple):
    """Part of a clip, in samples."""

    start: int
    length: int


@dataclass(frozen=True)
class Crop:
    """Keeps a stretch of the clip; length and position are drawn.

    Parameters
    ----------
    minimum_share : of the clip that is kept, at least one sample.
    """

    minimum_share: float

    def draw(
        self, sample_count: int, sample_rate: Hertz, generator: np.random.Generator
    ) -> Stretch:
        """Which samples are kept."""
        share = generator.uniform(self.minimum_share, 1.0)
        length = max(1, round(share * sample_count))
        return Stretch(clips.random_start(sample_count, length, generator), length)

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Stretch) -> Samples:
        """A view (sample,) of what is kept."""
        return clips.crop(samples, parameters.length, parameters.start)
