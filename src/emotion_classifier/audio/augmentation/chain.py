"""Several augmentations, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from emotion_classifier.audio.augmentation.augmentation import Augmentation
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz


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
    peak = float(np.abs(samples).max(initial=0.0))
    return samples / np.float32(peak) if peak > 1.0 else samples
