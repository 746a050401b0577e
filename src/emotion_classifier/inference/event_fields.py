"""Fields and base classes of the events in `events`, and recognised words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from emotion_classifier.emotions.timeline import Interval, Segment
from emotion_classifier.units import Seconds

SixDecimals = AfterValidator(lambda value: round(value, 6))

EventSeconds = Annotated[float, Field(ge=0.0, allow_inf_nan=False), SixDecimals]
Share = Annotated[float, Field(ge=0.0, le=1.0), SixDecimals]
Dbfs = Annotated[float, Field(allow_inf_nan=False), AfterValidator(lambda value: round(value, 1))]
Probabilities = dict[str, Share]
LossPlace = Literal["queue", "device", "words", "connection"]


class Record(BaseModel):
    """Frozen values with the same keys in every line."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_serialization_defaults_required=True,
        use_attribute_docstrings=True,
        defer_build=True,  # only the kinds that a command uses cost time
    )


class Word(Record):
    """One recognised word."""

    start_seconds: EventSeconds
    end_seconds: EventSeconds
    text: str
    """Without surrounding blanks; case and punctuation are the recogniser's."""
    confidence: Share | None
    """Null where the recogniser reports none."""

    @property
    def middle_seconds(self) -> Seconds:
        """Time that decides to which window or segment the word belongs."""
        return (self.start_seconds + self.end_seconds) / 2


def words_between(
    words: Sequence[Word], start_seconds: Seconds, end_seconds: Seconds
) -> tuple[Word, ...]:
    """Those of the words, in order, whose middle is between two times, the end excluded."""
    start, end = (
        bisect_left(words, seconds, key=lambda word: word.middle_seconds)
        for seconds in (start_seconds, end_seconds)
    )
    return tuple(words[start:end])


def text_of(words: Iterable[Word]) -> str:
    """Words as text."""
    return " ".join(word.text for word in words)


class BaseEvent(Record):
    """An event; `event` is its kind."""

    event: str


class SpanEvent(BaseEvent):
    """An event with a start and an end."""

    speaker: str | None = None
    """Speaker on the channel; null where the channels were mixed."""
    start_seconds: EventSeconds
    end_seconds: EventSeconds

    @classmethod
    def of(
        cls, span: Interval | Segment, *, offset_seconds: float = 0.0, speaker: str | None = None
    ) -> Self:
        """Event of an interval of speech or of a segment, with `offset_seconds` added to its times."""
        times = {
            "start_seconds": span.start_seconds + offset_seconds,
            "end_seconds": span.end_seconds + offset_seconds,
        }
        return cls(speaker=speaker, **vars(span) | times)
