"""The specification of a model, ``model.yaml``, with the facts of its card. Needs no torch."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, field_validator, model_validator

from emotion_classifier.config import StrictConfig
from emotion_classifier.emotions import LabelSet, Target
from emotion_classifier.model_folder.adaptation import Adaptation
from emotion_classifier.model_folder.input import InputConfig

FORMAT_VERSION = 1

FileName: TypeAlias = Literal[
    "weights.safetensors", "model.onnx", "model.onnx.data", "encoder.json", "ENCODER_LICENCE.txt"
]
"""A file of a model folder beside ``model.yaml``."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=0)]
Temperature = Annotated[float, Field(ge=0.01, le=100.0)]

INTENDED_USES = (
    "Research on acted and read speech, and teaching.",
    "Finding passages of one's own recordings that are worth listening to.",
    "A first estimate that a person checks, disclosed to everybody who is recorded.",
)
EXCLUDED_USES = (
    "Judging people: hiring, performance, grades, credit, insurance, policing, migration, courts.",
    "Work and education in the European Union, but for medical or safety reasons (see below).",
    "Diagnosis of illness, detection of lies, or any claim about what somebody really feels.",
    "Listening to people who do not know of it.",
)


class TrainingData(StrictConfig):
    """A corpus that a model was trained on."""

    corpus: str
    """Name of the corpus."""
    licence: str
    """Licence of the corpus, which may bind the model too."""
    speakers: int
    """Speakers in the training part."""
    clips: int
    """Clips in the training part."""
    language: str | None = None
    """Language that is spoken in it; null where it is not known."""


class EncoderFacts(StrictConfig):
    """The pretrained encoder inside a model."""

    name: str
    """Hub name or folder."""
    revision: str | None = None
    """Revision on the hub, where the settings named one."""
    fingerprint: str
    """SHA-256 of the weights and settings as they were loaded."""
    licence: str | None = None
    """Licence of the encoder; null where none was stated beside its weights."""
    included: bool = True
    """Whether this folder holds the encoder, or only the weights trained on top of it."""


class PretrainedFrom(StrictConfig):
    """The classifier whose weights a training started from."""

    name: str
    """Name of that model."""
    weights_sha256: str
    """SHA-256 of its weights file."""
    loaded: Count
    """Number of weights that were loaded."""
    fresh: Count
    """Number of weights that were initialised."""
    encoder_changed: bool = False
    """Whether it had trained its pretrained encoder, which then differs from the public one."""
    kept_share: Share = 0.0
    """Share of its weights in those of this model, beside the trained ones."""
    training_data: tuple[TrainingData, ...]
    """The corpora that it, and the models it started from itself, were trained on."""


class IntervalFacts(StrictConfig):
    """A share with its interval."""

    value: Share
    """The share."""
    low: Share | None = None
    """Lower end of its 95 % interval, by speaker; null where one speaker allows none."""
    high: Share | None = None
    """Upper end of its 95 % interval."""


class TeacherFacts(StrictConfig):
    """A model whose predictions were targets of a training."""

    name: str
    """Name of the teacher."""
    sha256: Sha256
    """SHA-256 of its graph."""
    training_data: tuple[TrainingData, ...]
    """The corpora that it, and the models it was made from, were trained on."""


class DistillationFacts(StrictConfig):
    """The teachers of a model."""

    teachers: Annotated[tuple[TeacherFacts, ...], Field(min_length=1)]
    """The teachers; the mean of their probabilities was the target."""
    weight: Share
    """Proportion of the target that the teachers predicted; the rest is the label."""
    temperature: float
    """Divisor of the logarithms of their probabilities."""


class ScoreFacts(StrictConfig):
    """Scores on the clips of a corpus or group."""

    name: str
    """Corpus or group."""
    clips: int
    """Clips that were scored."""
    speakers: int
    """Speakers of these clips, none of whom the scored model was trained on."""
    uar: Share
    """Unweighted average recall."""
    low: Share | None = None
    """Lower end of its 95 % interval, by speaker; null where one speaker allows none."""
    high: Share | None = None
    """Upper end of its 95 % interval."""
    accuracy: Share
    """Share of the clips that were recognised."""
    neutral_recall: IntervalFacts | None = None
    """Share of the neutral clips that were recognised; null where there are none or it was not measured."""
    calibration_error: Share | None = None
    """Expected calibration error on these clips; null where it was not measured."""


class LeftOutFacts(ScoreFacts):
    """Scores on a corpus that the scored weights were not trained on."""

    language: str | None = None
    """Language that is spoken in it; null where it is not known."""
    published: bool = True
    """Whether the published weights were scored; otherwise weights that were trained with the same
    settings on the other training corpora."""


class GroupFacts(ScoreFacts):
    """Scores on the clips of a group of speakers."""

    by: str
    """The property that defines the groups: sex, intensity, age group, …"""


class ConditionFacts(StrictConfig):
    """The effect of a change of the recordings on the predictions."""

    condition: str
    """The change."""
    uar: Share
    """Unweighted average recall of the changed clips."""
    change: Annotated[float, Field(ge=-1.0, le=1.0)]
    """Difference to the unweighted average recall of the unchanged clips."""
    unchanged: Share
    """Share of the clips whose predicted emotion stays the same."""


class SpeakerFacts(StrictConfig):
    """Differences between the speakers of a corpus."""

    corpus: str
    """Name of the corpus."""
    speakers: int
    """Its speakers, none of whom the scored model was trained on."""
    lowest: Share
    """Unweighted average recall of the speaker with the lowest."""
    median: Share
    """Median over the speakers."""
    highest: Share
    """Unweighted average recall of the speaker with the highest."""


class SoundFacts(StrictConfig):
    """Emotions in sound that has none: segments whose answer is an emotion other than neutral."""

    sound: str
    """Kind of sound."""
    hours: Annotated[float, Field(gt=0.0)]
    """Hours that were processed; the recordings may be repeated."""
    emotions_per_hour: Annotated[float, Field(ge=0.0)]
    """Segments per hour with such an answer."""
    emotion_share: Share
    """Share of the time that these segments take."""
    uncertain_share: Share
    """Share of the time in which the answer is "uncertain"."""
    no_speech_share: Share
    """Share of the time without speech."""


class CardFacts(StrictConfig):
    """The results of a model's evaluation; empty where it was not measured."""

    procedure: str = ""
    """How the scores were measured."""
    scores: tuple[ScoreFacts, ...] = ()
    """Scores on unseen speakers of each training corpus."""
    left_out_procedure: str = ""
    """How the scores on left-out corpora were measured."""
    left_out: tuple[LeftOutFacts, ...] = ()
    """Scores on corpora that the scored weights were not trained on."""
    groups: tuple[GroupFacts, ...] = ()
    """Scores of groups of speakers or clips."""
    speakers: tuple[SpeakerFacts, ...] = ()
    """Lowest, median and highest score of single speakers."""
    calibration_error: Share | None = None
    """Expected calibration error of the confidences."""
    coverage: Share | None = None
    """Share of the clips that get an emotion instead of "uncertain"."""
    accuracy_when_sure: Share | None = None
    """Accuracy on those clips."""
    robustness: tuple[ConditionFacts, ...] = ()
    """Effects of changed recordings."""
    false_emotions: tuple[SoundFacts, ...] = ()
    """Emotions found in noise, music, silence and read speech."""
    lowest_snr_db: float | None = None
    """Lowest tested level of speech above noise that costs at most 0.05 UAR."""
    lowest_rate_hz: int | None = None
    """Lowest tested sample rate of recordings that costs at most 0.05 UAR."""
    intended_uses: tuple[str, ...] = INTENDED_USES
    """Purposes of the model."""
    excluded_uses: tuple[str, ...] = EXCLUDED_USES
    """Purposes it must not be used for."""
    changes: tuple[str, ...] = ()
    """Changes of the weights after training, and their cost."""


class ModelSpecification(StrictConfig):
    """Everything that must travel with the weights."""

    format: Annotated[int, Field(ge=1, le=FORMAT_VERSION)] = FORMAT_VERSION
    """Version of this layout."""
    name: str
    """Name of the model."""
    emotions: Annotated[tuple[str, ...], Field(min_length=2)]
    """Emotions in the order of the outputs."""
    input: InputConfig
    """The part of a recording that the model analyses, and its sample rate."""
    temperature: Temperature = 1.0
    """Divisor of the logits before the softmax; fitted on the validation part."""
    corpus_temperatures: dict[str, Temperature] = {}
    """Training corpus → the same divisor, fitted on its own validation clips; for comparison only:
    predictions use `temperature`."""
    uncertain_below: Share = 0.0
    """Confidence below which the prediction is "uncertain"; fitted on the validation part."""
    recording_uncertain_below: Share | None = None
    """The same of recordings of several windows, whose probabilities are means; null takes that above."""
    architecture: dict[str, Any]
    """Front-end, network and head, as in the training settings."""
    parameters: Count
    """Number of weights."""
    trained_parameters: Count | None = None
    """Number of weights that training may have changed; null where it is not known."""
    training_data: tuple[TrainingData, ...]
    """The corpora it was trained on."""
    encoder: EncoderFacts | None = None
    """Its pretrained encoder; null for none."""
    origin: PretrainedFrom | None = None
    """The classifier its training started from; null for fresh weights."""
    distillation: DistillationFacts | None = None
    """The models that it learned from; null for labels alone."""
    target: Target = "intended"
    """The labels it was trained on: the intended emotion, or the one that listeners perceived."""
    validation_uar: float | None = None
    """Unweighted average recall on the validation part, by which the weights were chosen."""
    adaptation: Adaptation | None = None
    """Its adaptation to other recordings; null for none."""
    notes: tuple[str, ...] = ()
    """Warnings that every report of this model repeats."""
    card: CardFacts = CardFacts()
    """The results of its evaluation."""
    files: dict[FileName, Sha256] = {}
    """File in this folder → SHA-256 of its bytes."""

    @field_validator("emotions")
    @classmethod
    def _emotions_are_a_label_set(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return LabelSet(names).names

    @model_validator(mode="after")
    def _adaptation_is_of_the_emotions(self) -> Self:
        adaptation = self.adaptation
        if adaptation is not None and len(adaptation.shift) != len(self.emotions):
            raise ValueError(
                f"adaptation has {len(adaptation.shift)} shifts, and there are {len(self.emotions)} "
                "emotions"
            )
        return self

    @property
    def inherited_training_data(self) -> tuple[TrainingData, ...]:
        """The corpora that the models it was made from were trained on: its origin, its teachers."""
        found = list(self.origin.training_data) if self.origin else []
        for teacher in self.distillation.teachers if self.distillation else ():
            found += teacher.training_data
        return tuple(dict.fromkeys(found))

    @property
    def all_training_data(self) -> tuple[TrainingData, ...]:
        """The corpora that it, and the models it was made from, were trained on."""
        return tuple(dict.fromkeys((*self.training_data, *self.inherited_training_data)))

    @property
    def labels(self) -> LabelSet:
        """The emotions."""
        return LabelSet(self.emotions)
