"""Several augmentations, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from emotion_classifier.audio.augmentation.augmentation import Augmentation
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz


@runtime_checkable
class NeedsRecordings(Protocol):
    """An augmentation that reads recordings, which it can do before the first clip comes."""

    def prepare(self, sample_rate: Hertz) -> None:
        """Decode them for clips of this rate."""


class Step(NamedTuple):
    """One augmentation of a chain: its kind, the share of clips it changes, itself."""

    kind: str
    probability: float
    augmentation: Augmentation[Any]


class Applied(NamedTuple):
    """What one step did: its kind, what it drew, the waveform (sample,) behind it."""

    kind: str
    parameters: object
    samples: Samples


@dataclass(frozen=True)
class Chain:
    """Augmentations in order, each with its own probability.

    Parameters
    ----------
    steps : the first acts first.
    """

    steps: Sequence[Step] = ()

    def prepare(self, sample_rate: Hertz) -> None:
        """Decode the recordings that the steps need, so that a bad one is told before training.

        Raises
        ------
        ConfigError
            A recording cannot be used.
        """
        for step in self.steps:
            if isinstance(step.augmentation, NeedsRecordings):
                step.augmentation.prepare(sample_rate)

    def apply(
        self, samples: Samples, sample_rate: Hertz, generator: np.random.Generator
    ) -> Samples:
        """The waveform behind the chain, scaled down to full scale where it would go beyond.

        Parameters
        ----------
        samples : (sample,) float32; stays as it is.
        generator : the only source of chance.
        """
        for applied in self.trace(samples, sample_rate, generator):
            samples = applied.samples
        return within_full_scale(samples)

    def trace(
        self, samples: Samples, sample_rate: Hertz, generator: np.random.Generator
    ) -> Iterator[Applied]:
        """What each step does that the generator chooses, one after the other."""
        for kind, probability, augmentation in self.steps:
            if generator.random() < probability:
                parameters = augmentation.draw(len(samples), sample_rate, generator)
                samples = augmentation.apply(samples, sample_rate, parameters)
                yield Applied(kind, parameters, samples)


def within_full_scale(samples: Samples) -> Samples:
    """The waveform, scaled to a peak of one where it is above."""
    peak = float(max(samples.max(initial=0.0), -samples.min(initial=0.0)))  # abs would copy
    return samples / np.float32(peak) if peak > 1.0 else samples
