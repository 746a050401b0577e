"""Several augmentations, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.random import Generator

from emotion_classifier.audio.augmentation.augmentation import Augmentation
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz


@runtime_checkable
class NeedsRecordings(Protocol):
    """An augmentation that needs recordings, which can be decoded before the first clip."""

    def prepare(self, sample_rate: Hertz) -> None:
        """Decode the recordings for clips of this rate."""


class Step(NamedTuple):
    """One augmentation of a chain: its kind and the share of clips that it changes."""

    kind: str
    probability: float
    augmentation: Augmentation[Any]


class Applied(NamedTuple):
    """Result of one step: its kind, the drawn parameters, the waveform (sample,) behind it."""

    kind: str
    parameters: object
    samples: Samples


@dataclass(frozen=True)
class Chain:
    """Augmentations in order, each with its own probability.

    Parameters
    ----------
    steps : in order of application.
    """

    steps: Sequence[Step] = ()

    def prepare(self, sample_rate: Hertz) -> None:
        """Decode the recordings that the steps need, so that errors are raised before training.

        Raises
        ------
        ConfigError
            A recording cannot be used.
        """
        for step in self.steps:
            if isinstance(step.augmentation, NeedsRecordings):
                step.augmentation.prepare(sample_rate)

    def apply(self, samples: Samples, sample_rate: Hertz, generator: Generator) -> Samples:
        """The augmented waveform, scaled down to full scale where its peak is above.

        Parameters
        ----------
        samples : (sample,) float32; not modified.
        generator : the only source of randomness.
        """
        for applied in self.trace(samples, sample_rate, generator):
            samples = applied.samples
        return within_full_scale(samples)

    def trace(
        self, samples: Samples, sample_rate: Hertz, generator: Generator
    ) -> Iterator[Applied]:
        """The results of the steps that the generator chooses, in order."""
        for kind, probability, augmentation in self.steps:
            if generator.random() < probability:
                parameters = augmentation.draw(len(samples), sample_rate, generator)
                samples = augmentation.apply(samples, sample_rate, parameters)
                yield Applied(kind, parameters, samples)


def within_full_scale(samples: Samples) -> Samples:
    """The waveform, scaled down to a peak of one where its peak is above."""
    peak = float(max(samples.max(initial=0.0), -samples.min(initial=0.0)))  # abs would copy
    return samples / np.float32(peak) if peak > 1.0 else samples
