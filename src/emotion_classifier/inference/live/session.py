"""Live session: from a source, through a bounded queue, to events.

A thread moves audio from the source to a queue of at most 20 s as soon as it arrives
(`inference.live.capture`). The thread that iterates over the events processes it, in order. When that is
too slow for a source that cannot wait, interim windows are skipped first, those that a newer window has
already overtaken; then the oldest audio is dropped and reported as an overrun. A source that can wait,
such as a pipe, is blocked instead.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import groupby

import numpy as np

from emotion_classifier.audio.recorder import Recorder
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval, Window
from emotion_classifier.inference.events import (
    DeviceEvent,
    LiveEvent,
    OverrunEvent,
    SegmentEvent,
    SpeechEvent,
    SpeechStartEvent,
    WindowEvent,
)
from emotion_classifier.inference.live.capture import (
    AudioQueue,
    Capture,
    LostAudio,
    QueuedAudio,
    QueueItem,
)
from emotion_classifier.inference.live.chunk_preprocessing import ChunkPreprocessor
from emotion_classifier.inference.live.session_stats import SessionStats
from emotion_classifier.inference.live.sources import Clock, Source
from emotion_classifier.inference.live.transcriber import Transcriber
from emotion_classifier.inference.live.window_words import WindowWords
from emotion_classifier.inference.streaming.stream import Stream
from emotion_classifier.units import Hertz, Seconds, to_seconds

LIMIT_SECONDS: Seconds = 20.0
"""Most audio in the queue."""
LAG_SECONDS: Seconds = 2.0
"""Audio in the queue from which on interim windows are skipped."""

# Deadlines after `stop` was set: 2 s in all.
_SKIP_AFTER_SECONDS: Seconds = 0.4  # then interim windows are skipped
_DISCARD_AFTER_SECONDS: Seconds = 1.0  # then audio is dropped
_WORDS_AFTER_SECONDS: Seconds = 1.5  # then words that are not ready are lost

_PIECE_SECONDS: Seconds = 1.0
_POLL_SECONDS: Seconds = 0.1
_PENDING_PHRASES = 4  # half the capacity of the queue of the recogniser


class LiveSession:
    """Events of a source until it ends or the session is stopped.

    The constructor stores its arguments; `events` opens the source. Memory is bounded: at most 20 s of
    audio are queued. Every sample is either processed or reported as lost.

    Parameters
    ----------
    source : microphone, file or standard input.
    open_stream : function from a sample rate in hertz to a new `Stream`, for example
        ``predictor.stream``; called again after every gap in the audio.
    stop : ends the session within about 2 s when it is set, from any thread or a signal handler;
        unfinished results are completed and reported. None creates one: the attribute `stop`.
    clock : for latencies and deadlines; None is the machine's monotonic clock.
    transcriber : recognises words; closed at the end. None for no words. A window of a live source
        has the words that are known when it is predicted; windows of other sources, and those at the
        end, are held back until their words are final.
    recorder : records the received audio; closed at the end. None for no recording.

    Examples
    --------
    ::

        session = LiveSession(Microphone(), load().stream)
        for event in session.events():
            if event.event == "window":
                print(event.answer)
    """

    def __init__(
        self,
        source: Source,
        open_stream: Callable[[Hertz], Stream],
        *,
        stop: threading.Event | None = None,
        clock: Clock | None = None,
        transcriber: Transcriber | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self.stop = stop or threading.Event()
        self._source = source
        self._open_stream = open_stream
        self._clock = clock or Clock()
        self._transcriber = transcriber
        self._window_words = (
            None if transcriber is None else WindowWords(transcriber, holds=not source.is_live)
        )
        self._queue = AudioQueue(LIMIT_SECONDS, waits=source.waits)
        self._capture = Capture(
            source, self._queue, stop=self.stop, clock=self._clock, recorder=recorder
        )
        self._stats = SessionStats()
        self._preprocessor: ChunkPreprocessor | None = None
        self._continuous: ContinuousAudio | None = None
        self._stopped_at: Seconds | None = None

    def events(self) -> Generator[LiveEvent, None, None]:
        """Events as they happen, a `SummaryEvent` at the end; may be called once.

        Closing the generator stops the session.

        Raises
        ------
        DeviceError
            The device cannot be opened.
        AudioError
            The source cannot be decoded, or its sample rate is not supported.
        MissingDependencyError
            The library of the source is not installed.
        StorageError
            The recording cannot be written.

        An error after the first sample is raised after all events up to it and the summary.
        """
        self._capture.start()
        try:
            events: Iterable[LiveEvent] = self._events()
            if self._window_words is not None:
                events = self._window_words.added_to(events)
            for event in events:
                self._stats.add_event(event)
                yield event
            error = self._capture.error
            if error is None or self._queue.received_samples:
                yield self._stats.summary(self._queue.received_samples)
        finally:
            self.stop.set()
            self._queue.close()
            self._capture.wait(_POLL_SECONDS)
            if self._transcriber is not None:
                self._transcriber.close(0.0)
        if error is not None:
            raise error

    def _events(self) -> Iterator[LiveEvent]:
        while not self._queue.is_finished:
            self._handle_stop()
            yield from self._words()
            if self._source.waits and self._has_pending_words() and not self.stop.is_set():
                self.stop.wait(_POLL_SECONDS)
            else:
                yield from self._process_queue()
        if self._window_words is not None:
            self._window_words.holds = True
        yield from self._end_continuous()
        while self._has_pending_words(most=0) and not self.stop.is_set():
            self.stop.wait(_POLL_SECONDS)
            yield from self._words()
        if self._window_words is not None:
            remaining = _WORDS_AFTER_SECONDS - self._seconds_since_stop()
            yield from self._window_words.close(max(0.0, remaining))

    def _process_queue(self) -> Iterator[LiveEvent]:
        is_stopping = self._seconds_since_stop() > _SKIP_AFTER_SECONDS
        lags = not self._source.waits and self._queue.seconds > LAG_SECONDS
        newest_only = is_stopping or lags
        most_seconds = math.inf if newest_only else _PIECE_SECONDS
        items = self._queue.take(most_seconds=most_seconds, timeout_seconds=_POLL_SECONDS)
        for is_audio, group in groupby(items, key=lambda item: isinstance(item, QueuedAudio)):
            if is_audio:
                chunks = [item for item in group if isinstance(item, QueuedAudio)]
                yield from self._process(chunks, newest_only=newest_only)
            else:
                for item in group:
                    yield from self._pass_on(item)

    def _process(self, chunks: list[QueuedAudio], *, newest_only: bool) -> Iterator[LiveEvent]:
        """Events of audio without a gap, processed by chunk, or at once for the newest window only."""
        rate = chunks[0].sample_rate
        if self._continuous is None:
            self._continuous = ContinuousAudio(
                self._open_stream(rate),
                rate,
                offset_seconds=chunks[0].start_seconds,
                clock=self._clock,
                transcriber=self._transcriber,
            )
        pieces = []
        for audio in chunks:
            audio_format = (rate, len(audio.samples))
            if self._preprocessor is None or self._preprocessor.format != audio_format:
                is_device = self._source.is_device
                self._preprocessor = ChunkPreprocessor(*audio_format, is_device=is_device)
            chunk = self._preprocessor.process(audio)
            self._stats.not_finite_samples += chunk.not_finite_samples
            yield from chunk.events
            pieces.append((chunk.samples, audio.arrived_seconds))
        if newest_only:
            pieces = [(np.concatenate([samples for samples, _ in pieces]), pieces[-1][1])]
        for samples, arrived_seconds in pieces:
            self._stats.add_samples(len(samples), rate)
            yield from self._continuous.feed(samples, arrived_seconds, newest_only=newest_only)

    def _pass_on(self, item: QueueItem) -> Iterator[LiveEvent]:
        """Events of an item that is not audio; gaps end the continuous audio."""
        if isinstance(item, LostAudio):
            yield from self._end_continuous()
            self._stats.dropped_samples += item.samples or 0
            milliseconds = None if item.samples is None else 1000 * item.samples / item.sample_rate
            yield OverrunEvent(
                seconds=item.start_seconds,
                milliseconds=milliseconds,
                place=item.place,
            )
        elif not isinstance(item, QueuedAudio):
            if isinstance(item, DeviceEvent) and item.state == "device-lost":
                yield from self._end_continuous()
            yield item

    def _end_continuous(self) -> Iterator[LiveEvent]:
        if self._continuous is not None:
            yield from self._continuous.end()
            self._stats.add_stream(self._continuous.stream)
            self._continuous = None

    def _words(self) -> Iterator[LiveEvent]:
        if self._window_words is not None:
            yield from self._window_words.take()

    def _has_pending_words(self, most: int = _PENDING_PHRASES) -> bool:
        return self._transcriber is not None and self._transcriber.pending > most

    def _handle_stop(self) -> None:
        if not self.stop.is_set():
            return
        if self._stopped_at is None:
            self._stopped_at = self._clock.now()
            self._capture.wait(_POLL_SECONDS)  # a chunk that it has taken still counts
            self._queue.close()
        if self._seconds_since_stop() > _DISCARD_AFTER_SECONDS:
            self._queue.discard()

    def _seconds_since_stop(self) -> Seconds:
        return 0.0 if self._stopped_at is None else self._clock.now() - self._stopped_at


class ContinuousAudio:
    """Audio from one gap to the next, so that no window holds audio from both sides of a gap.

    Parameters
    ----------
    stream : new.
    offset_seconds : time of the first sample, from the start of the session.
    transcriber : receives the same audio; None for no words.
    """

    def __init__(
        self,
        stream: Stream,
        sample_rate: Hertz,
        *,
        offset_seconds: Seconds,
        clock: Clock,
        transcriber: Transcriber | None,
    ) -> None:
        self.stream = stream
        self._sample_rate = sample_rate
        self._offset_seconds = offset_seconds
        self._clock = clock
        self._transcriber = transcriber
        self._fed_samples = 0
        self._is_speaking = False
        self._arrivals: deque[tuple[Seconds, Seconds]] = deque()  # (end of a chunk, by the clock)
        if transcriber is not None:
            transcriber.begin(sample_rate, offset_seconds)

    def feed(
        self, samples: Samples, arrived_seconds: Seconds, *, newest_only: bool = False
    ) -> Iterator[LiveEvent]:
        """Events after `samples` (sample,).

        Parameters
        ----------
        samples : following those of the last call.
        arrived_seconds : time of their arrival, by the clock.
        newest_only : predict only the last of the windows that are complete.
        """
        self._fed_samples += len(samples)
        self._arrivals.append((self._fed_seconds, arrived_seconds))
        windows = self.stream.feed(samples, newest_only=newest_only)
        yield from self._events(samples, windows, since=self.stream.speaking_since_seconds)

    def end(self) -> Iterator[LiveEvent]:
        """Events of the unfinished window, speech, segment and phrase at the end."""
        yield from self._events(np.zeros(0, np.float32), self.stream.flush(), since=None)
        if self._transcriber is not None:
            self._transcriber.end()

    def _events(
        self, samples: Samples, windows: Iterable[Window], *, since: Seconds | None
    ) -> Iterator[LiveEvent]:
        """Events after `samples`; speech that has not ended began at `since`."""
        yield from self._window_events(windows)
        speech = self.stream.take_speech()
        if self._transcriber is not None:
            unfinished = [] if since is None else [Interval(since, self._fed_seconds)]
            self._transcriber.feed(samples, [*speech, *unfinished])
        yield from self._speech_events(speech, since)
        for segment in self.stream.take_segments():
            yield SegmentEvent.of(segment, offset_seconds=self._offset_seconds)

    @property
    def _fed_seconds(self) -> Seconds:
        return to_seconds(self._fed_samples, self._sample_rate)

    def _window_events(self, windows: Iterable[Window]) -> Iterator[LiveEvent]:
        for window in windows:
            while len(self._arrivals) > 1 and self._arrivals[0][0] < window.end_seconds:
                self._arrivals.popleft()
            yield WindowEvent.of_window(
                window,
                offset_seconds=self._offset_seconds,
                latency_seconds=self._clock.now() - self._arrivals[0][1],
                audio_latency_seconds=max(0.0, self._fed_seconds - window.end_seconds),
            )

    def _speech_events(
        self, ended: Iterable[Interval], since: Seconds | None
    ) -> Iterator[LiveEvent]:
        """Starts and ends, each once: speech may start and end between two calls of `feed`."""
        for interval in ended:
            yield from self._speech_start(interval.start_seconds)
            self._is_speaking = False
            yield SpeechEvent.of(interval, offset_seconds=self._offset_seconds)
        if since is not None:
            yield from self._speech_start(since)

    def _speech_start(self, seconds: Seconds) -> Iterator[LiveEvent]:
        if not self._is_speaking:
            self._is_speaking = True
            yield SpeechStartEvent(seconds=seconds + self._offset_seconds)
