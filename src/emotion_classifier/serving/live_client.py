"""A live session of the client, which survives lost connections."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from emotion_classifier.errors import ServiceError
from emotion_classifier.inference.events import (
    ErrorEvent,
    LiveEvent,
    ServiceEvent,
    SessionClosedEvent,
    SessionCreatedEvent,
)
from emotion_classifier.inference.live.sources import Source
from emotion_classifier.serving.sent_audio import SentAudio
from emotion_classifier.units import Seconds

StreamEvent: TypeAlias = LiveEvent | ServiceEvent
_EVENTS: TypeAdapter[StreamEvent] = TypeAdapter(
    Annotated[StreamEvent, Field(discriminator="event")]
)
_SUBPROTOCOL = Subprotocol("emotion-v1")
_OPENING_SECONDS: Seconds = 10.0
_CLOSING_SECONDS: Seconds = 10.0
_PING_SECONDS: Seconds = 20.0
_RETRY_SECONDS: Seconds = 0.5


class LiveClient:
    """One session: threads capture and send the audio of a source, the caller's receives events.

    Parameters
    ----------
    address : of the WebSocket.
    headers : of the request that opens it.
    source, stop, words : as in `Client.stream`.
    """

    def __init__(
        self,
        address: str,
        headers: Mapping[str, str],
        source: Source,
        stop: threading.Event,
        *,
        words: bool,
    ) -> None:
        self._address, self._headers, self._words = address, headers, words
        self._audio = SentAudio(source, stop)
        # Audio of a source that waits is sent faster than it is predicted, and a ping waits behind it.
        self._ping_seconds = None if source.waits else _PING_SECONDS
        self._created: SessionCreatedEvent | None = None
        self._received_events = 0
        self._lost_at: Seconds | None = None

    def events(self) -> Iterator[StreamEvent]:
        """Events until the session ends; for errors see `Client.stream`."""
        self._audio.start()
        while True:
            try:
                with self._connection() as connection:
                    yield from self._events_of(connection)
                break
            except ConnectionClosed as error:
                self._wait_to_resume(error)
            except ServiceError as error:
                if self._created is None or error.code != "unreachable":
                    raise
                self._wait_to_resume(error)
        if self._audio.error is not None:
            raise self._audio.error

    @contextmanager
    def _connection(self) -> Iterator[ClientConnection]:
        with ExitStack() as stack:
            try:
                connection = stack.enter_context(
                    connect(
                        self._address,
                        additional_headers=self._headers,
                        subprotocols=[_SUBPROTOCOL],
                        open_timeout=_OPENING_SECONDS,
                        close_timeout=_CLOSING_SECONDS,
                        ping_timeout=self._ping_seconds,
                        compression=None,
                        proxy=None,
                    )
                )
            except InvalidStatus as error:
                raise _refusal(error) from error
            except (OSError, InvalidHandshake, TimeoutError) as error:
                reason = f"{self._address} cannot be reached: {error}"
                raise ServiceError("unreachable", reason) from error
            yield connection

    def _wait_to_resume(self, cause: Exception) -> None:
        """Wait a moment for the next attempt, or raise where the session has ended by now."""
        now = time.monotonic()
        self._lost_at = self._lost_at or now
        if self._created is None or now - self._lost_at > self._created.resume_seconds:
            raise ServiceError("lost", f"the connection was lost: {cause}") from cause
        time.sleep(_RETRY_SECONDS)

    def _events_of(self, connection: ClientConnection) -> Iterator[StreamEvent]:
        """Events of one connection."""
        connection.send(json.dumps(self._opening()))
        created = _receive(connection)
        if isinstance(created, ErrorEvent):
            raise ServiceError(created.code, created.message)
        if not isinstance(created, SessionCreatedEvent):
            raise ServiceError("response", f"the first event is {created.event}")
        self._created, self._lost_at = created, None
        yield created
        ended = threading.Event()
        arguments = (connection, created.received_samples, ended)
        threading.Thread(target=self._send, args=arguments, name="sender", daemon=True).start()
        try:
            yield from self._received(connection)
        finally:
            ended.set()

    def _opening(self) -> dict[str, object]:
        """The first message of a connection."""
        if self._created is not None:
            token = self._created.resume_token
            return {"event": "resume", "token": token, "received_events": self._received_events}
        sample_rate, channels = self._audio.wait_for_format()
        return {
            "event": "hello",
            "sample_rate": sample_rate,
            "channels": channels,
            "format": "f32le",
            "words": self._words,
        }

    def _received(self, connection: ClientConnection) -> Iterator[StreamEvent]:
        while True:
            event = _receive(connection)
            self._received_events += 1
            yield event
            if isinstance(event, SessionClosedEvent):
                return
            if isinstance(event, ErrorEvent) and not event.session_continues:
                raise ServiceError(event.code, event.message)

    def _send(self, connection: ClientConnection, position: int, ended: threading.Event) -> None:
        """Send the audio from a position on; a gap where it is no longer kept."""
        with suppress(ConnectionClosed, OSError):  # the receiver notices
            while (chunk := self._audio.next(position, ended)) is not None:
                if chunk.position > position:
                    gap = {"event": "gap", "samples": chunk.position - position}
                    connection.send(json.dumps(gap))
                samples = chunk.samples[:, max(0, position - chunk.position) :]
                connection.send(np.ascontiguousarray(samples.T, "<f4").tobytes())
                position = chunk.position + chunk.samples.shape[1]
            if not ended.is_set():
                connection.send(json.dumps({"event": "end"}))


def _refusal(error: InvalidStatus) -> ServiceError:
    """The error in a response instead of a connection."""
    try:
        problem = json.loads(error.response.body)
        return ServiceError(problem["code"], problem["detail"])
    except (ValueError, KeyError, TypeError):
        status = error.response.status_code
        code = "unreachable" if status >= 500 else "response"
        return ServiceError(code, f"the service refuses the connection: status {status}")


def _receive(connection: ClientConnection) -> StreamEvent:
    try:
        return _EVENTS.validate_json(connection.recv())
    except ValidationError as error:
        raise ServiceError("response", f"an event is not understood: {error}") from None
