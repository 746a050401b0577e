"""Text messages that clients of ``/v1/stream`` send; audio comes in binary messages."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from emotion_classifier.inference.live.sources import PcmFormat
from emotion_classifier.serving.streams.errors import StreamError

Message = TypeVar("Message")
LOWEST_RATE, HIGHEST_RATE = 8_000, 48_000


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Hello(_Message):
    """First message of a client: the format of its audio."""

    event: Literal["hello"] = "hello"
    sample_rate: Annotated[int, Field(strict=True, ge=LOWEST_RATE, le=HIGHEST_RATE)] = 16_000
    """In hertz."""
    channels: Annotated[int, Field(strict=True, ge=1, le=8)] = 1
    """Interleaved in the samples, and mixed."""
    format: PcmFormat = "s16le"
    """16-bit integers or 32-bit floats, little endian."""
    levels: Annotated[bool, Field(strict=True)] = True
    """Whether to send the level, ten times a second."""
    words: Annotated[bool, Field(strict=True)] = False
    """Whether to recognise words, if the service has a recogniser."""


class Resume(_Message):
    """First message of a client whose connection was lost."""

    event: Literal["resume"] = "resume"
    token: Annotated[str, Field(max_length=100)]
    """``resume_token`` of the session."""
    received_events: Annotated[int, Field(strict=True, ge=0)]
    """Number of messages that the client has received, without those with ``session.created``."""


class Gap(_Message):
    """Audio that the client lost or left out at this moment; it is reported as an overrun."""

    event: Literal["gap"] = "gap"
    samples: Annotated[int, Field(strict=True, ge=1, le=86_400 * HIGHEST_RATE)]
    """Of each channel."""


class End(_Message):
    """The end of the audio: the last results follow."""

    event: Literal["end"] = "end"


Opening: TypeAlias = Annotated[Hello | Resume, Field(discriminator="event")]
Following: TypeAlias = Annotated[Gap | End, Field(discriminator="event")]
ClientMessage: TypeAlias = Annotated[Hello | Resume | Gap | End, Field(discriminator="event")]
_OPENING: TypeAdapter[Hello | Resume] = TypeAdapter(Opening)
_FOLLOWING: TypeAdapter[Gap | End] = TypeAdapter(Following)


def parse_opening(text: str) -> Hello | Resume:
    """The first message of a connection.

    Raises
    ------
    StreamError
        It is neither a hello nor a resume, with the code ``hello``.
    """
    return _parse(_OPENING, text, "hello")


def parse_following(text: str) -> Gap | End:
    """A later message; for errors see `parse_opening`, with the code ``message``."""
    return _parse(_FOLLOWING, text, "message")


def _parse(adapter: TypeAdapter[Message], text: str, code: str) -> Message:
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "message"
        raise StreamError(code, f"{where}: {first['msg']}; see /docs") from None
