"""Responses of the HTTP interface."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from emotion_classifier.emotions import Prediction
from emotion_classifier.inference.events import TimelineEvent
from emotion_classifier.inference.files.result import FilePrediction

_PREDICTION: JsonDict = {
    "answer": "happy",
    "emotion": "happy",
    "confidence": 0.81,
    "probabilities": {"neutral": 0.1, "happy": 0.81, "sad": 0.05, "angry": 0.04},
    "duration_seconds": 2.94,
    "speech_share": 0.9,
    "shares": {"neutral": 0.0, "happy": 1.0, "sad": 0.0, "angry": 0.0, "uncertain": 0.0},
}


class _Response(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
        json_schema_serialization_defaults_required=True,
    )


class PredictionRecord(_Response):
    """The prediction of a recording with its channels mixed, as in a row of `emotion predict`."""

    answer: str
    """An emotion, "uncertain" or "no speech"."""
    emotion: str | None
    """The most probable emotion; null without speech."""
    confidence: float | None
    """Probability of that emotion, 0 to 1; null without speech."""
    probabilities: dict[str, float] | None
    """Probability of each emotion; null without speech."""
    duration_seconds: float
    """Duration of the recording in seconds."""
    speech_share: float | None
    """Share of the time with speech, 0 to 1; null without voice activity detection."""
    shares: dict[str, float] | None
    """Share of the time with speech of each answer; null without speech."""
    warning: str | None = None
    """Problem with which the recording can be used all the same, and its remedy; null without."""

    @classmethod
    def of(cls, prediction: Prediction) -> PredictionRecord:
        """The record of a prediction."""
        row = FilePrediction.of_result(Path(), prediction).as_dict()
        return cls.model_validate({name: row[name] for name in cls.model_fields})


class PredictResponse(_Response):
    """The prediction of a recording, and what else was requested."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": "default",
                    "prediction": _PREDICTION,
                    "timeline": None,
                    "transcript": None,
                }
            ]
        }
    )

    model: str
    """Name of the model."""
    prediction: PredictionRecord
    timeline: list[TimelineEvent] | None = None
    """Events of the recording, see `emotion schema timeline`; null if not requested."""
    transcript: str | None = None
    """Recognised words; null if not requested."""


class ModelResponse(_Response):
    """The model of the service."""

    specification: dict[str, Any]
    """Content of model.yaml: emotions, input, thresholds, training data, scores, hashes."""
    card: str
    """The model card, Markdown."""


class HealthResponse(_Response):
    """Whether the service runs."""

    status: Literal["ok"] = "ok"


class ReadyResponse(_Response):
    """Whether the service predicts."""

    status: Literal["ready"] = "ready"
