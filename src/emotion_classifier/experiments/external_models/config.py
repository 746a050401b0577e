"""Settings of an external model: its file, its input, its labels and their emotions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from emotion_classifier.config import StrictConfig
from emotion_classifier.model_folder.input import InputConfig


class ExternalInputConfig(InputConfig):
    """Input of an external model; nothing is trimmed by default."""

    trim_below_db: Annotated[float, Field(gt=0.0, le=120.0)] | None = None
    """Silence at both ends this much quieter than the loudest frame is removed; null keeps it."""
    seconds: Annotated[float, Field(gt=0.0, le=60.0)] = 5.0
    """Duration of a crop. Longer clips are covered by several, whose probabilities are averaged."""


class ExternalModelConfig(StrictConfig):
    """Settings of every external model."""

    path: Path
    """The model; a relative path starts from the folder of the settings file."""
    name: str | None = None
    """Name in reports; null takes that of `path`."""
    emotions: dict[str, str | None] = {}
    """Label of the model → emotion, for labels without a common meaning; null leaves a label out.
    Labels of the same emotion are added."""
    trained_on: tuple[str, ...] = ()
    """Names of the corpora that it was trained on, such as ravdess: the report then warns about them."""
    input: ExternalInputConfig = ExternalInputConfig()
    """Preparation of recordings."""


class OnnxModelConfig(ExternalModelConfig):
    """An ONNX graph from waveforms to a score for each label."""

    kind: Literal["onnx"] = "onnx"
    labels: Annotated[tuple[str, ...], Field(min_length=2)]
    """Labels in the order of the outputs."""
    waveforms: str | None = None
    """Input for the waveforms (batch, sample) or (batch, 1, sample), float32; null takes the only input."""
    lengths: str | None = None
    """Input for the number of samples of each waveform, where there is one."""
    mask: str | None = None
    """Input for a mask (batch, sample) of ones, where there is one."""
    scores: str | None = None
    """Output (batch, label) with the scores; null takes the only output."""
    score_kind: Literal["logits", "probabilities"] = "logits"
    """Whether the scores are logits or probabilities."""
    normalise: bool = False
    """Whether waveforms are scaled to mean 0 and variance 1, as for wav2vec 2.0."""


class TransformersModelConfig(ExternalModelConfig):
    """A folder of a `AutoModelForAudioClassification`, with its preprocessor; needs torch.

    Labels are those of `id2label`, the sample rate that of the preprocessor.
    """

    kind: Literal["transformers"] = "transformers"


class ExternalModelFile(StrictConfig):
    """The settings file of an external model."""

    external_model: Annotated[
        OnnxModelConfig | TransformersModelConfig, Field(discriminator="kind")
    ]
    """The model."""
