"""A live session of a client, which survives a lost connection."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Callable
from typing import Literal

from emotion_classifier.errors import AudioError, EmotionClassifierError
from emotion_classifier.inference.asr.recogniser import Recogniser
from emotion_classifier.inference.events import (
    LevelEvent,
    LiveEvent,
    OverrunEvent,
    ServiceEvent,
    SessionClosedEvent,
    SessionCounters,
    SessionCreatedEvent,
    SummaryEvent,
    WindowEvent,
    to_json_line,
)
from emotion_classifier.inference.live.session import LiveSession
from emotion_classifier.inference.live.transcriber import Transcriber
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.serving.config import StreamLimits
from emotion_classifier.serving.metrics import Metrics
from emotion_classifier.serving.streams.errors import (
    GOING_AWAY,
    INTERNAL,
    INVALID,
    NORMAL,
    StreamError,
)
from emotion_classifier.serving.streams.messages import Hello
from emotion_classifier.serving.streams.outbox import Outbox
from emotion_classifier.serving.streams.rate_limit import RateLimit
from emotion_classifier.serving.streams.remote_audio import RemoteAudio
from emotion_classifier.units import Seconds

_LOGGER = logging.getLogger(__name__)
_WAITING_SECONDS: Seconds = 2.0  # of audio that a client without limit of speed may be ahead
_MESSAGE_SECONDS: Seconds = 5.0
_NO_COUNTERS = SessionCounters(
    received_samples=0,
    processed_samples=0,
    dropped_samples=0,
    skipped_windows=0,
    overruns=0,
    not_finite_samples=0,
    device_losses=0,
    latency_p95_seconds=None,
    audio_latency_p95_seconds=None,
)


class StreamSession:
    """A `LiveSession` in a thread of its own, between the messages of a client and an outbox.

    All methods are called in the event loop.

    Parameters
    ----------
    hello : of the client.
    predictor, recogniser : of the service; None without words.
    limits, metrics : of the service.
    on_failure : receives an error of the service.
    on_end : called in the event loop when the session has ended.
    """

    def __init__(
        self,
        hello: Hello,
        predictor: Predictor,
        recogniser: Recogniser | None,
        *,
        limits: StreamLimits,
        metrics: Metrics,
        on_failure: Callable[[Exception], None],
        on_end: Callable[[StreamSession], None],
    ) -> None:
        self.id = secrets.token_hex(6)
        self.token = secrets.token_urlsafe(24)
        self.outbox = Outbox(limits.events)
        self.close_code = NORMAL
        """With which the connection is closed at the end."""
        self.connection: asyncio.Task[None] | None = None
        """The task of the client's connection; None while it is lost."""
        self.expiry: asyncio.TimerHandle | None = None
        """The end of the session, or of its messages, if the client does not come back."""
        self.is_ended = False
        """Whether no message follows those in the outbox."""
        self._hello, self._predictor, self._limits, self._metrics = (
            hello,
            predictor,
            limits,
            metrics,
        )
        self._recogniser = recogniser if hello.words else None
        self._on_failure, self._on_end = on_failure, on_end
        self._audio = RemoteAudio(
            sample_rate=hello.sample_rate,
            channels=hello.channels,
            sample_format=hello.format,
            waits=limits.speed is None,
        )
        self._stop = threading.Event()
        self._reason: Literal["end", "shutdown", "error"] = "end"
        self._speed = (
            None if limits.speed is None else RateLimit(limits.speed, limits.speed_seconds)
        )
        self._messages = RateLimit(limits.messages_per_second, _MESSAGE_SECONDS)
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name=f"session {self.id}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def created(self, *, is_resumed: bool) -> SessionCreatedEvent:
        """First message on a connection."""
        config, hello = self._predictor.config, self._hello
        return SessionCreatedEvent(
            session=self.id,
            resume_token=self.token,
            resume_seconds=self._limits.resume_seconds,
            is_resumed=is_resumed,
            received_samples=self._audio.received_samples,
            model=self._predictor.specification.name,
            emotions=tuple(self._predictor.labels),
            sample_rate=hello.sample_rate,
            channels=hello.channels,
            format=hello.format,
            window_seconds=config.window_seconds,
            hop_seconds=config.hop_seconds,
            recogniser=None if self._recogniser is None else self._recogniser.name,
            speed=self._limits.speed,
        )

    def count_message(self) -> None:
        """Count a message of the client.

        Raises
        ------
        StreamError
            There are too many, with the code ``too-many-messages``.
        """
        if not self._messages.add(1.0, time.monotonic()):
            most = self._limits.messages_per_second
            raise StreamError(
                "too-many-messages",
                f"more than {most} messages a second: send 20 to 100 ms in each",
            )

    async def receive(self, data: bytes) -> None:
        """Process a binary message.

        Raises
        ------
        StreamError
            With the code ``mid-sample`` or ``too-fast``.
        """
        if len(data) % self._audio.frame_bytes:
            raise StreamError(
                "mid-sample",
                f"a message of {len(data)} bytes ends within a sample of {self._audio.frame_bytes} "
                "bytes: send whole samples of all channels, in the format of the hello",
                INVALID,
            )
        if self._speed and not self._speed.add(self._audio.seconds_of(data), time.monotonic()):
            raise StreamError(
                "too-fast",
                f"audio was sent faster than {self._limits.speed:g} times real time for more than "
                f"{self._limits.speed_seconds:g} s: send it as it is recorded",
            )
        if data:
            self._audio.put(data)
        while self._audio.waits and self._audio.waiting_seconds > _WAITING_SECONDS:
            await asyncio.sleep(0.005)

    def lose(self, samples: int) -> None:
        """Process a gap in the audio of the client."""
        self._audio.put_gap(samples)

    def end(self) -> None:
        """End the audio; the last results follow."""
        self._audio.end()

    def fail(self, error: StreamError) -> None:
        """End the session because of an error."""
        self.outbox.put(text_of(error.event(session_continues=False)))
        self.close_code, self._reason = error.close_code, "error"
        self._stop.set()

    def report(self, error: StreamError) -> None:
        """Report an error after which the session continues."""
        self.outbox.put(text_of(error.event(session_continues=True)))

    def shut_down(self) -> None:
        """End the session because the service is stopped, unless it has ended."""
        if self.is_ended:
            return
        self.close_code, self._reason = GOING_AWAY, "shutdown"
        self._stop.set()

    def _run(self) -> None:
        counters = _NO_COUNTERS
        try:
            transcriber = None if self._recogniser is None else Transcriber(self._recogniser)
            live = LiveSession(
                self._audio, self._predictor.stream, stop=self._stop, transcriber=transcriber
            )
            for event in live.events():
                if isinstance(event, SummaryEvent) and event.session is not None:
                    counters = event.session
                self._measure(event)
                if self._hello.levels or not isinstance(event, LevelEvent):
                    self._post(self.outbox.put, text_of(event))
        except AudioError as error:
            self._post(self.fail, StreamError(error.code, error.reason, INVALID))
        except Exception as error:
            is_known = isinstance(error, EmotionClassifierError)
            message = "the prediction failed" if is_known else "the service failed"
            self._post(self._on_failure, error)
            self._post(self.fail, StreamError("inference", f"{message}: try again", INTERNAL))
        finally:
            self._post(self._finish, counters)

    def _finish(self, counters: SessionCounters) -> None:
        self.outbox.put(text_of(SessionClosedEvent(reason=self._reason, session=counters)))
        self.outbox.close()
        self.is_ended = True
        seconds = counters.processed_samples / self._hello.sample_rate
        self._metrics.audio_seconds.labels("stream").inc(seconds)
        self._on_end(self)

    def _measure(self, event: LiveEvent) -> None:
        if isinstance(event, WindowEvent) and event.latency_seconds is not None:
            self._metrics.stream_latency_seconds.observe(event.latency_seconds)
        elif isinstance(event, OverrunEvent):
            lost = (event.milliseconds or 0.0) / 1000.0
            self._metrics.dropped_seconds.labels(event.place).inc(lost)

    def _post(self, function: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop has ended
            _LOGGER.debug("session %s ended after the event loop", self.id)


def text_of(event: LiveEvent | ServiceEvent) -> str:
    """An event as a message."""
    return to_json_line(event).rstrip("\n")
