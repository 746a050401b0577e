"""One line of what is told about many recordings: an answer, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from emotion_classifier.emotions.prediction import Prediction
from emotion_classifier.errors import AudioError
from emotion_classifier.units import Seconds


@dataclass(frozen=True)
class Row:
    """Plain values about one recording, so that they can go to a file or to another machine.

    Parameters
    ----------
    file : as it was named or found.
    answer : an emotion, ``uncertain`` or ``no speech``; None where the recording cannot be used.
    emotion, confidence, probabilities : what the model says, whatever the answer; None and empty
        where it was not asked because nobody speaks.
    duration_seconds : of the recording.
    speech_share : share of the time in which somebody speaks; None where nobody listened for that.
    code, error : why the recording cannot be used, in short and in words.
    """

    file: str
    answer: str | None = None
    emotion: str | None = None
    confidence: float | None = None
    probabilities: Mapping[str, float] | None = None
    duration_seconds: Seconds | None = None
    speech_share: float | None = None
    code: str | None = None
    error: str | None = None

    @classmethod
    def of_result(cls, file: Path, result: Prediction | AudioError) -> Row:
        """The row of a prediction, or of the error of a file that cannot be used."""
        if isinstance(result, AudioError):
            return cls(str(file), code=result.code, error=result.reason)
        row = cls(
            str(file),
            answer=result.answer,
            duration_seconds=round(result.duration_seconds, 3),
            speech_share=None if result.speech_share is None else round(result.speech_share, 3),
        )
        if not result.has_speech:
            return row
        return replace(
            row,
            emotion=result.emotion,
            confidence=round(result.confidence, 6),
            probabilities={name: round(p, 6) for name, p in result.as_dict().items()},
        )

    @property
    def failed(self) -> bool:
        """Whether the recording cannot be used."""
        return self.error is not None

    def as_dict(self) -> dict[str, object]:
        """What JSON tells; only the file, the code and the error where there is no answer."""
        if self.failed:
            return {"file": self.file, "code": self.code, "error": self.error}
        return {
            "file": self.file,
            "answer": self.answer,
            "emotion": self.emotion,
            "confidence": self.confidence,
            "probabilities": self.probabilities,
            "duration_seconds": self.duration_seconds,
            "speech_share": self.speech_share,
        }
