"""Settings of a preview of augmentation."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emotion_classifier.audio.augmentation.chain import Chain, PolicyConfig
from emotion_classifier.config import StrictConfig
from emotion_classifier.emotions import LabelsConfig, LabelSet
from emotion_classifier.emotions.labels import CANONICAL_EMOTIONS
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.model_folder.input import InputConfig
from emotion_classifier.models.config import ModelConfig


class PreviewConfig(StrictConfig):
    """The settings of a run that decide the samples of training clips."""

    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Seed of the drawn parameters."""
    labels: LabelsConfig = LabelsConfig()
    """Emotions of the model."""
    input: InputConfig = InputConfig()
    """Preparation of recordings."""
    model: ModelConfig = ModelConfig()
    """The figures show the features of its front-end."""
    augmentation: PolicyConfig | None = PolicyConfig()
    """Augmentation of training clips."""

    @classmethod
    def of_run(cls, run: RunConfig) -> PreviewConfig:
        """The same settings of a run."""
        return cls(**{name: getattr(run, name) for name in cls.model_fields})

    def chain(self, emotion: str | None) -> Chain:
        """The augmentation of clips of an emotion; None for emotions without a chain of their own.

        Raises
        ------
        ConfigError
            The chain is empty.
        LabelError
            The emotion is unknown.
        """
        policy = self.augmentation or PolicyConfig(chain=())
        # The corpora are not read: an emotion that has a chain may be in them.
        found = dict.fromkeys((*CANONICAL_EMOTIONS, *policy.per_emotion))
        labels = LabelSet(self.labels.emotions or tuple(found))
        if emotion is not None:
            labels.index(emotion)
        built = policy.build(labels)
        chain = built.chain if emotion is None else built.of(emotion)
        if not chain.steps:
            raise ConfigError(
                f"there is no augmentation {f'of {emotion} ' if emotion else ''}to preview: set "
                "augmentation={} for the default chain, list some in augmentation.chain, or name an "
                "emotion that has a chain in augmentation.per_emotion with --emotion"
            )
        return chain
