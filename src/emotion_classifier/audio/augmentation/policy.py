"""Which augmentations a training clip gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from emotion_classifier.audio.augmentation import AugmentationConfig
from emotion_classifier.audio.augmentation.chain import Chain, Step
from emotion_classifier.config import StrictConfig
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import ConfigError

DEFAULT_CHAIN: tuple[AugmentationConfig, ...] = ()


class PolicyConfig(StrictConfig):
    """Augmentation of training clips, drawn anew in each epoch."""

    chain: tuple[AugmentationConfig, ...] = DEFAULT_CHAIN
    """What is done to a clip, one after the other."""
    per_emotion: dict[str, tuple[AugmentationConfig, ...]] = {}
    """Emotion → the chain of its clips, instead of `chain`."""

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
    chain : of all emotions that have none of their own.
    per_emotion : emotion → its own chain.
    """

    chain: Chain
    per_emotion: Mapping[str, Chain] = field(default_factory=dict)

    def of(self, emotion: str) -> Chain:
        """The chain of an emotion."""
        return self.per_emotion.get(emotion, self.chain)


def _chain(settings: Sequence[AugmentationConfig]) -> Chain:
    return Chain([Step(s.kind, s.probability, s.build()) for s in settings])
