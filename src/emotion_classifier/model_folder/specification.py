"""What is known about a model: ``model.yaml``. Needs no torch."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator

from emotion_classifier.config import StrictConfig
from emotion_classifier.emotions import LabelSet, Target
from emotion_classifier.model_folder.card_facts import CardFacts
from emotion_classifier.model_folder.input import InputConfig

FORMAT_VERSION = 1


class TrainingData(StrictConfig):
    """One corpus that a model was trained on."""

    corpus: str
    """Name of the corpus."""
    licence: str
    """Licence of the corpus, which may bind the model too."""
    speakers: int
    """Speakers in the training part."""
    clips: int
    """Clips in the training part."""


class EncoderFacts(StrictConfig):
    """The pretrained encoder inside a model."""

    name: str
    """Hub name or folder."""
    revision: str | None = None
    """Revision on the hub, where the settings named one."""
    fingerprint: str
    """SHA-256 of the weights and settings as they were loaded."""
    included: bool = True
    """Whether this folder holds it, or only what was trained on top of it."""


class Origin(StrictConfig):
    """The earlier classifier whose weights a model started from."""

    name: str
    """What it is called."""
    weights_sha256: str
    """SHA-256 of its weights file."""
    loaded: Annotated[int, Field(ge=0)]
    """Weights that were taken over."""
    fresh: Annotated[int, Field(ge=0)]
    """Weights that were not."""
    encoder_changed: bool = False
    """Whether weights of the pretrained encoder itself were among them, so that it is no longer the
    public one."""
    training_data: tuple[TrainingData, ...]
    """The corpora that it, and whatever it started from itself, had seen."""


class ModelSpecification(StrictConfig):
    """Everything that must travel with the weights."""

    format: Annotated[int, Field(ge=1, le=FORMAT_VERSION)] = FORMAT_VERSION
    """Version of this layout."""
    name: str
    """What the model is called."""
    emotions: Annotated[tuple[str, ...], Field(min_length=2)]
    """Emotions in the order of the outputs."""
    input: InputConfig
    """What the model hears of a recording."""
    temperature: Annotated[float, Field(gt=0.0)] = 1.0
    """Logits are divided by it before the softmax; fitted on the validation part."""
    uncertain_below: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """Confidence below which the answer is "uncertain"; fitted on the validation part."""
    architecture: dict[str, Any]
    """Front-end, network and head, as in the training settings."""
    parameters: Annotated[int, Field(ge=0)]
    """Number of weights."""
    trained_parameters: Annotated[int, Field(ge=0)] | None = None
    """How many of them training may have changed; null where it is not known."""
    training_data: tuple[TrainingData, ...]
    """The corpora it has seen."""
    encoder: EncoderFacts | None = None
    """Its pretrained encoder; null for none."""
    origin: Origin | None = None
    """What it started from; null for fresh weights."""
    target: Target = "intended"
    """What it learned of each clip: the emotion that was meant, or what listeners heard."""
    validation_uar: float | None = None
    """Unweighted average recall on the validation part, by which the weights were chosen."""
    notes: tuple[str, ...] = ()
    """Warnings that every report of this model repeats."""
    card: CardFacts = CardFacts()
    """What its evaluation says of it."""
    files: dict[str, str] = {}
    """File in this folder → SHA-256 of its bytes."""

    @field_validator("emotions")
    @classmethod
    def _emotions_are_a_label_set(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return LabelSet(names).names

    @property
    def all_training_data(self) -> tuple[TrainingData, ...]:
        """The corpora that it, and whatever it started from, has seen."""
        return (*self.training_data, *(self.origin.training_data if self.origin else ()))

    @property
    def labels(self) -> LabelSet:
        """The emotions."""
        return LabelSet(self.emotions)
