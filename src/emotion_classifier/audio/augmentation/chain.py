"""Chains of augmentations, and the policy of the training clips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.random import Generator
from pydantic import Field

from emotion_classifier.audio.augmentation import AugmentationConfig
from emotion_classifier.audio.augmentation.augmentation import Augmentation
from emotion_classifier.audio.augmentation.copy_paste import CopyPasteConfig
from emotion_classifier.audio.augmentation.filtering import MicrophoneConfig
from emotion_classifier.audio.augmentation.level import GainConfig
from emotion_classifier.audio.augmentation.noise import GaussianNoiseConfig
from emotion_classifier.audio.augmentation.tempo import PitchShiftConfig, SpeedConfig
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.config import StrictConfig
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import ConfigError
from emotion_classifier.units import Hertz


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

    @classmethod
    def of(cls, settings: Sequence[AugmentationConfig]) -> Chain:
        """The chain of these settings; for errors see `AugmentationSettings.build`."""
        return cls([Step(s.kind, s.probability, s.build()) for s in settings])

    def prepare(self, sample_rate: Hertz) -> None:
        """Decode the recordings that the steps need, so that errors are raised before training.

        Raises
        ------
        ConfigError
            A recording cannot be used.
        """
        for step in self.steps:
            if prepare := getattr(step.augmentation, "prepare", None):
                prepare(sample_rate)

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


# Mild, from the voice to the recording: about the difference between speakers in one studio. It
# needs no files and takes about 2 ms for a clip of 3 s: pitch is rare because a shift costs as much
# as all the others together. No shift in time: random crops do that already, without digital
# silence. Other rooms and microphones need a stronger chain (docs/augmentation.md), which costs
# accuracy in the studio: level, tilt and quiet detail are cues of emotion.
DEFAULT_CHAIN: tuple[AugmentationConfig, ...] = (
    SpeedConfig(probability=0.5, minimum_factor=0.9, maximum_factor=1.1),
    PitchShiftConfig(probability=0.2, minimum_semitones=-1.0, maximum_semitones=1.0),
    MicrophoneConfig(probability=0.15),
    GaussianNoiseConfig(probability=0.15, minimum_snr_db=20.0, maximum_snr_db=40.0),
    GainConfig(probability=0.5, minimum_db=-3.0, maximum_db=3.0),
)


class PolicyConfig(StrictConfig):
    """Augmentation of training clips."""

    chain: tuple[AugmentationConfig, ...] = DEFAULT_CHAIN
    """Augmentations of a clip, in order."""
    per_emotion: dict[str, tuple[AugmentationConfig, ...]] = {}
    """Chains of single emotions, instead of `chain`."""
    copy_paste: CopyPasteConfig | None = None
    """Joining of clips to windows as of long recordings, before the chain; null for none."""
    views: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Number of variants of a clip, used in turn, so that a frozen encoder runs once; null is unlimited."""

    def build(self, labels: LabelSet) -> Policy:
        """The policy for clips of these emotions.

        Raises
        ------
        ConfigError
            `per_emotion` names an emotion that the labels do not hold.
        """
        if unknown := sorted(set(self.per_emotion) - set(labels)):
            raise ConfigError(
                f"augmentation.per_emotion names {', '.join(unknown)}, but the emotions are "
                f"{', '.join(labels)}"
            )
        per_emotion = {name: Chain.of(chain) for name, chain in self.per_emotion.items()}
        return Policy(Chain.of(self.chain), per_emotion)


@dataclass(frozen=True)
class Policy:
    """A chain for every emotion.

    Parameters
    ----------
    chain : of emotions without their own chain.
    per_emotion : chain by emotion.
    """

    chain: Chain
    per_emotion: Mapping[str, Chain]

    def prepare(self, sample_rate: Hertz) -> None:
        """Decode the recordings that any chain needs; for errors see `Chain.prepare`."""
        for chain in (self.chain, *self.per_emotion.values()):
            chain.prepare(sample_rate)

    def of(self, emotion: str) -> Chain:
        """The chain of an emotion."""
        return self.per_emotion.get(emotion, self.chain)
