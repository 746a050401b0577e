"""A live session of the client, which survives lost connections."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, InvalidStateError, wait
from contextlib import suppress
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
from emotion_classifier.serving.limited_rate import LimitedRate
from emotion_classifier.serving.sent_audio import SentAudio
from emotion_classifier.serving.streams.messages import HIGHEST_RATE
from emotion_classifier.units import Hertz, Seconds, to_seconds

StreamEvent: TypeAlias = LiveEvent | ServiceEvent
_EVENTS: TypeAdapter[StreamEvent] = TypeAdapter(
    Annotated[StreamEvent, Field(discriminator="event")]
)
_SUBPROTOCOL = Subprotocol("emotion-v1")
_OPENING_SECONDS: Seconds = 10.0
_CLOSING_SECONDS: Seconds = 2.0
_PING_SECONDS: Seconds = 20.0
_RETRY_SECONDS: Seconds = 0.5
_POLL_SECONDS: Seconds = 0.1

# Deadlines after `stop` was set.
_LEAVE_AFTER_SECONDS: Seconds = 1.0  # then audio is not sent, and a connection not opened again
_SILENT_SECONDS: Seconds = 5.0  # without a message, then the last results are not waited for


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
        self._address, self._headers, self._words, self._stop = address, headers, words, stop
        self._audio = SentAudio(LimitedRate(source, HIGHEST_RATE), stop)
        self._format: tuple[Hertz, int] | None = None
        # Audio of a source that waits is sent faster than it is predicted, and a ping waits behind it.
        self._ping_seconds = None if source.waits else _PING_SECONDS
        self._created: SessionCreatedEvent | None = None
        self._received_events = 0
        self._lost_at: Seconds | None = None
        self._stopped_at: Seconds | None = None

    def events(self) -> Iterator[StreamEvent]:
        """Events until the session ends; for errors see `Client.stream`."""
        self._audio.start()
        # Before there is a connection: the service waits for a hello only for a while.
        self._format = self._audio.wait_for_format()
        while self._format is not None:
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

    def _connection(self) -> ClientConnection:
        """A new connection, opened in a thread: it may take longer than a caller waits who has stopped."""
        opening: Future[ClientConnection] = Future()
        threading.Thread(target=self._open, args=(opening,), name="opening", daemon=True).start()
        while not wait([opening], _POLL_SECONDS).done:
            if self._seconds_since_stop() > _LEAVE_AFTER_SECONDS and opening.cancel():
                raise ServiceError("unreachable", f"{self._address} does not respond")
        try:
            return opening.result()
        except InvalidStatus as error:
            raise _refusal(error) from error
        except (OSError, InvalidHandshake, TimeoutError) as error:
            reason = f"{self._address} cannot be reached: {error}"
            raise ServiceError("unreachable", reason) from error

    def _open(self, opening: Future[ClientConnection]) -> None:
        try:
            connection = connect(
                self._address,
                additional_headers=self._headers,
                subprotocols=[_SUBPROTOCOL],
                open_timeout=_OPENING_SECONDS,
                close_timeout=_CLOSING_SECONDS,
                ping_timeout=self._ping_seconds,
                compression=None,
                proxy=None,
            )
        except Exception as error:  # raised in the caller's thread
            with suppress(InvalidStateError):
                opening.set_exception(error)
            return
        try:
            opening.set_result(connection)
        except InvalidStateError:  # nobody waits for it
            connection.close()

    def _wait_to_resume(self, cause: Exception) -> None:
        """Wait a moment for the next attempt, or raise where the session has ended by now."""
        now = time.monotonic()
        self._lost_at = self._lost_at or now
        if (
            self._created is None
            or now - self._lost_at > self._created.resume_seconds
            or self._seconds_since_stop() > _LEAVE_AFTER_SECONDS
        ):
            raise ServiceError("lost", f"the connection was lost: {cause}") from cause
        time.sleep(_RETRY_SECONDS)

    def _seconds_since_stop(self) -> Seconds:
        """Time since `stop` was first seen to be set; 0 before."""
        if not self._stop.is_set():
            return 0.0
        self._stopped_at = self._stopped_at or time.monotonic()
        return time.monotonic() - self._stopped_at

    def _events_of(self, connection: ClientConnection) -> Iterator[StreamEvent]:
        """Events of one connection."""
        connection.send(json.dumps(self._opening()))
        created = self._receive(connection)
        if isinstance(created, ErrorEvent):
            raise ServiceError(created.code, created.message)
        if not isinstance(created, SessionCreatedEvent):
            raise ServiceError("response", f"the first event is {created.event}")
        self._created, self._lost_at = created, None
        yield created
        ended = threading.Event()
        arguments = (connection, created, ended)
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
        assert self._format is not None
        sample_rate, channels = self._format
        return {
            "event": "hello",
            "sample_rate": sample_rate,
            "channels": channels,
            "format": "f32le",
            "words": self._words,
        }

    def _received(self, connection: ClientConnection) -> Iterator[StreamEvent]:
        while True:
            event = self._receive(connection)
            self._received_events += 1
            yield event
            if isinstance(event, SessionClosedEvent):
                return
            if isinstance(event, ErrorEvent) and not event.session_continues:
                raise ServiceError(event.code, event.message)

    def _receive(self, connection: ClientConnection) -> StreamEvent:
        silent: Seconds = 0.0  # since `stop` was set
        while True:
            try:
                return _EVENTS.validate_json(connection.recv(timeout=_POLL_SECONDS))
            except TimeoutError:
                silent += _POLL_SECONDS if self._stop.is_set() else 0.0
                if silent > _SILENT_SECONDS:
                    reason = f"the service sent no results for {_SILENT_SECONDS:g} s"
                    raise ServiceError("unreachable", reason) from None
            except ValidationError as error:
                raise ServiceError("response", f"an event is not understood: {error}") from None

    def _send(
        self, connection: ClientConnection, created: SessionCreatedEvent, ended: threading.Event
    ) -> None:
        """Send the audio that the service has not received; a gap where it is no longer kept."""
        position, pace = created.received_samples, Pace(created.speed)
        with suppress(ConnectionClosed, OSError):  # the receiver notices
            while (chunk := self._audio.next(position, ended)) is not None:
                if self._seconds_since_stop() > _LEAVE_AFTER_SECONDS:
                    break
                if chunk.position > position:
                    gap = {"event": "gap", "samples": chunk.position - position}
                    connection.send(json.dumps(gap))
                samples = chunk.samples[:, max(0, position - chunk.position) :]
                duration = to_seconds(samples.shape[1], chunk.sample_rate)
                ended.wait(pace.delay(duration, time.monotonic()))
                connection.send(np.ascontiguousarray(samples.T, "<f4").tobytes())
                position = chunk.position + chunk.samples.shape[1]
            if not ended.is_set():
                connection.send(json.dumps({"event": "end"}))


class Pace:
    """Times to send audio, half way between real time and the speed that a service accepts.

    So audio that has waited, such as that of a pipe or of a lost connection, catches up.

    Parameters
    ----------
    speed : that the service accepts; None for any.
    """

    def __init__(self, speed: float | None) -> None:
        self._speed = None if speed is None else (1.0 + speed) / 2
        self._due: Seconds = 0.0

    def delay(self, duration: Seconds, now: Seconds) -> Seconds:
        """Time to wait before audio of this duration is sent, at a time of a monotonic clock."""
        if self._speed is None:
            return 0.0
        begin = max(now, self._due)
        self._due = begin + duration / self._speed
        return begin - now


def _refusal(error: InvalidStatus) -> ServiceError:
    """The error in a response instead of a connection."""
    try:
        problem = json.loads(error.response.body)
        return ServiceError(problem["code"], problem["detail"])
    except (ValueError, KeyError, TypeError):
        status = error.response.status_code
        code = "unreachable" if status >= 500 else "response"
        return ServiceError(code, f"the service refuses the connection: status {status}")
