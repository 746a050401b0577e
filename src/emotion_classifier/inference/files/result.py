"""Result of one file, as written by `emotion predict`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from emotion_classifier.emotions import LabelSet
from emotion_classifier.emotions.prediction import UNCERTAIN, Prediction
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.files.formats import printable
from emotion_classifier.inference.files.row_layout import Column, RowLayout
from emotion_classifier.units import Seconds

_FAILURE = ("file", "code", "error")
_MOST_PROBABLE = 3


@dataclass(frozen=True)
class FilePrediction:
    """The prediction of a file, or the error of one that cannot be used, in plain values."""

    __pydantic_config__: ClassVar = {"use_attribute_docstrings": True}

    file: str
    """Path as given or found."""
    answer: str | None = None
    """An emotion, "uncertain" or "no speech"; null where the file cannot be used."""
    emotion: str | None = None
    """The most probable emotion; null without speech."""
    confidence: float | None = None
    """Probability of that emotion, 0 to 1; null without speech."""
    probabilities: dict[str, float] | None = None
    """Probability of each emotion; null without speech."""
    duration_seconds: Seconds | None = None
    """Duration of the recording in seconds."""
    speech_share: float | None = None
    """Share of the time with speech, 0 to 1; null without voice activity detection."""
    shares: dict[str, float] | None = None
    """Share of the time with speech of each answer, an emotion or "uncertain"; null without speech."""
    warning: str | None = None
    """Problem with which the file can be used all the same, and its remedy; null without."""
    code: str | None = None
    """Short name of the error; null where there is a prediction."""
    error: str | None = None
    """Reason of the error, with its remedy; null where there is a prediction."""

    @classmethod
    def of_result(cls, file: Path, result: Prediction | AudioError) -> FilePrediction:
        """The row of a prediction or of an error."""
        if isinstance(result, AudioError):
            return cls(str(file), code=result.code, error=result.reason)
        row = cls(
            str(file),
            answer=result.answer,
            duration_seconds=round(result.duration_seconds, 3),
            speech_share=None if result.speech_share is None else round(result.speech_share, 3),
            warning=result.warning,
        )
        if not result.has_speech:
            return row
        return replace(
            row,
            emotion=result.emotion,
            confidence=round(result.confidence, 6),
            probabilities={name: round(p, 6) for name, p in result.as_dict().items()},
            shares=None
            if result.shares is None
            else {name: round(share, 6) for name, share in result.shares.items()},
        )

    @property
    def failed(self) -> bool:
        """Whether the file cannot be used."""
        return self.error is not None

    def as_dict(self) -> dict[str, object]:
        """The record that JSON has: file, code and error of a failure, else all other fields."""
        return {
            name: value
            for name, value in asdict(self).items()
            if (name in _FAILURE if self.failed else name not in _FAILURE[1:])
        }


def prediction_layout(labels: LabelSet) -> RowLayout[FilePrediction]:
    """Layout of the rows of a model with these emotions.

    The column ``p_happy`` is the probability of happy, ``share_happy`` its share of the time with speech.
    """
    columns = (
        *(Column("file"), Column("answer"), Column("emotion"), Column("confidence", 6)),
        *(Column("duration_seconds", 3), Column("speech_share", 3)),
        *(Column(f"p_{name}", 6) for name in labels),
        *(Column(f"share_{name}", 6) for name in (*labels, UNCERTAIN)),
        *(Column("warning"), Column("code"), Column("error")),
    )
    head = _line("answer", "seconds", f"{_MOST_PROBABLE} most probable", "file")
    return RowLayout(columns, FilePrediction.as_dict, _row_line, head)


def _row_line(row: FilePrediction) -> str:
    if row.failed:
        return f"{'failed':<10} {printable(row.file)}: {row.code}: {row.error}"
    ordered = sorted((row.probabilities or {}).items(), key=lambda pair: -pair[1])
    probable = ", ".join(f"{name} {value:.2f}" for name, value in ordered[:_MOST_PROBABLE])
    seconds = f"{row.duration_seconds:.2f}"
    file = printable(row.file) + ("" if row.warning is None else f" (warning: {row.warning})")
    return _line(row.answer or "", seconds, probable, file)


def _line(answer: str, seconds: str, probable: str, file: str) -> str:
    return f"{answer:<10} {seconds:>8}  {probable:<48}  {file}"


def json_schema() -> dict[str, Any]:
    """JSON Schema of the records of `FilePrediction.as_dict`."""
    from pydantic import TypeAdapter

    fields = TypeAdapter(FilePrediction).json_schema()["properties"]
    for field in fields.values():
        field.pop("default", None)
    predicted = {name: field for name, field in fields.items() if name not in _FAILURE[1:]}
    # These are null only in the other kind of record.
    predicted |= {name: _not_null(fields[name]) for name in ("answer", "duration_seconds")}
    failed = {name: _not_null(fields[name]) for name in _FAILURE}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Prediction of a file",
        "oneOf": [_record("Prediction", predicted), _record("Error", failed)],
    }


def _not_null(field: dict[str, Any]) -> dict[str, Any]:
    return (
        {**field, **field["anyOf"][0], "anyOf": [field["anyOf"][0]]} if "anyOf" in field else field
    )


def _record(title: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": title,
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }
