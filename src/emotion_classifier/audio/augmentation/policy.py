"""The augmentations of training clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from emotion_classifier.audio.augmentation import AugmentationConfig
from emotion_classifier.audio.augmentation.chain import Chain, Step
from emotion_classifier.audio.augmentation.level import GainConfig
from emotion_classifier.audio.augmentation.microphone import MicrophoneConfig
from emotion_classifier.audio.augmentation.noise import GaussianNoiseConfig
from emotion_classifier.audio.augmentation.tempo import PitchShiftConfig, SpeedConfig
from emotion_classifier.config import StrictConfig
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import ConfigError
from emotion_classifier.units import Hertz

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
        return Policy(
            _chain(self.chain), {name: _chain(chain) for name, chain in self.per_emotion.items()}
        )


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


def _chain(settings: Sequence[AugmentationConfig]) -> Chain:
    return Chain([Step(s.kind, s.probability, s.build()) for s in settings])
