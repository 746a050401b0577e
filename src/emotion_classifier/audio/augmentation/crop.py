"""Random crops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

from numpy.random import Generator
from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.clips import random_start
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz


class CropConfig(AugmentationSettings):
    """A random section of the clip, as of a recording that began late or ended early."""

    kind: Literal["crop"] = "crop"
    minimum_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.8
    """Smallest share of the clip that is kept."""

    def build(self) -> Crop:
        """The augmentation."""
        return Crop(self.minimum_share)


class Section(NamedTuple):
    """Part of a clip, in samples."""

    start: int
    length: int


@dataclass(frozen=True)
class Crop:
    """Keeps a section of drawn length and position.

    Parameters
    ----------
    minimum_share : of the clip that is kept, at least one sample.
    """

    minimum_share: float

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> Section:
        """The section."""
        share = generator.uniform(self.minimum_share, 1.0)
        length = max(1, round(share * sample_count))
        return Section(random_start(sample_count, length, generator), length)

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Section) -> Samples:
        """A view (sample,) of the section."""
        return samples[parameters.start : parameters.start + parameters.length]
