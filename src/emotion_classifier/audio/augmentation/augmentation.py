"""What every augmentation is: parameters drawn in one step, applied in another."""

from __future__ import annotations

from typing import Annotated, Protocol, TypeVar

import numpy as np
from pydantic import Field

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.config import StrictConfig
from emotion_classifier.units import Hertz

Parameters = TypeVar("Parameters")


class Augmentation(Protocol[Parameters]):
    """A random change of a waveform that leaves its emotion as it is.

    What is drawn is a small value that says all: the same parameters give the same samples again.
    """

    def draw(
        self, sample_count: int, sample_rate: Hertz, generator: np.random.Generator
    ) -> Parameters:
        """The parameters for one clip; nothing else is random."""

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Parameters) -> Samples:
        """The waveform (sample,) float32, perhaps a view or of another length; `samples` stays."""


class AugmentationSettings(StrictConfig):
    """Settings that every augmentation has."""

    probability: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """Share of the clips that are changed."""


def require_ordered(name: str, minimum: float, maximum: float) -> None:
    """Raise `ValueError` where a range of settings is the wrong way round."""
    if minimum > maximum:
        raise ValueError(
            f"minimum_{name} ({minimum:g}) is above maximum_{name} ({maximum:g}): exchange them"
        )
