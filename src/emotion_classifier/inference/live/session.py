"""Live emotion: from a source, through a bounded queue, to events.

A thread takes audio from the source as soon as it comes (`inference.live.capture`) and puts it into a
queue of at most 20 s (`inference.live.audio_queue`). The caller's thread takes it from there, in order, and
hears it; whoever draws the events does the work. When that is too slow for a source that does not
wait, first interim windows are skipped, those that a newer one has already overtaken; then the
oldest audio is dropped, and told as an overrun. A source that waits, as a pipe, is made to wait.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Generator, Iterator
from itertools import groupby

import numpy as np

from emotion_classifier.audio.recorder import Recorder
from emotion_classifier.inference.live.audio_queue import Intake, Item, Lost, Received
from emotion_classifier.inference.live.capture import Reception
from emotion_classifier.inference.live.chunk_preprocessing import Ear
from emotion_classifier.inference.live.clock import Clock, MonotonicClock
from emotion_classifier.inference.live.continuous_audio import Stretch
from emotion_classifier.inference.live.events import DeviceEvent, Event, OverrunEvent
from emotion_classifier.inference.live.session_stats import Tally
from emotion_classifier.inference.live.sources import Source
from emotion_classifier.inference.live.transcriber import Dictation
from emotion_classifier.inference.streaming.stream import Stream
from emotion_classifier.units import Hertz, Seconds

LIMIT_SECONDS: Seconds = 20.0
"""The most audio that waits."""
LAG_SECONDS: Seconds = 2.0
"""Audio that waits, from which on interim windows are skipped."""

# What is still waiting when listening is stopped: 2 s in all until the end.
_HURRY_SECONDS: Seconds = 0.4  # then interim windows are skipped
_DISCARD_SECONDS: Seconds = 1.0  # then audio is dropped
_WORDS_SECONDS: Seconds = 1.5  # then words that are not ready are lost

_PIECE_SECONDS: Seconds = 1.0
_POLL_SECONDS: Seconds = 0.1
_WORDS_WAITING = 4  # whole phrases; the queue of the recogniser holds twice as many


class Listening:
    """Listens to a source until it ends or is stopped.

    Parameters
    ----------
    source : what to listen to.
    open_stream : makes a stream for audio of a rate; called again after every hole in the audio.
    stop : set from anywhere, a signal handler too, it ends listening within about 2 s: what is open
        is finished and told. None makes one, `stop`.
    clock : for latencies and deadlines.
    dictation : hears the words; closed at the end. None for none.
    recorder : records what is received; closed at the end. None for none.
    """

    def __init__(
        self,
        source: Source,
        open_stream: Callable[[Hertz], Stream],
        *,
        stop: threading.Event | None = None,
        clock: Clock | None = None,
        dictation: Dictation | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self.stop = stop or threading.Event()
        self._source = source
        self._open_stream = open_stream
        self._clock = clock or MonotonicClock()
        self._dictation = dictation
        self._intake = Intake(LIMIT_SECONDS, waits=source.waits)
        self._reception = Reception(
            source, self._intake, stop=self.stop, clock=self._clock, recorder=recorder
        )
        self._tally = Tally()
        self._ear: Ear | None = None
        self._stretch: Stretch | None = None
        self._stopped_at: Seconds | None = None

    def events(self) -> Generator[Event, None, None]:
        """Everything that is heard, as it happens, and a `SummaryEvent` at the end; once.

        Raises
        ------
        DeviceError, AudioError, MissingDependencyError, StorageError
            The source cannot be opened, or it or the recording broke off; then all events up to
            there have been given, with the summary.
        """
        self._reception.start()
        try:
            for event in self._all_events():
                self._tally.note(event)
                yield event
            error = self._reception.error
            if error is None or self._intake.received_samples:
                yield self._tally.summary(self._intake.received_samples)
        finally:
            self.stop.set()
            self._intake.close()
            self._reception.wait(_POLL_SECONDS)
            if self._dictation is not None:
                self._dictation.close(0.0)
        if error is not None:
            raise error

    def _all_events(self) -> Iterator[Event]:
        while not self._intake.is_finished:
            self._watch_stop()
            yield from self._words()
            if self._source.waits and self._words_wait() and not self.stop.is_set():
                self.stop.wait(_POLL_SECONDS)
            else:
                yield from self._take()
        yield from self._end_stretch()
        while self._words_wait(most=0) and not self.stop.is_set():
            self.stop.wait(_POLL_SECONDS)
            yield from self._words()
        if self._dictation is not None:
            yield from self._dictation.close(max(0.0, _WORDS_SECONDS - self._seconds_since_stop()))

    def _take(self) -> Iterator[Event]:
        is_late = self._seconds_since_stop() > _HURRY_SECONDS
        lags = not self._source.waits and self._intake.seconds > LAG_SECONDS
        hurries = is_late or lags
        items = self._intake.take(
            most_seconds=math.inf if hurries else _PIECE_SECONDS, timeout_seconds=_POLL_SECONDS
        )
        for is_audio, group in groupby(items, key=lambda item: isinstance(item, Received)):
            if is_audio:
                received = [item for item in group if isinstance(item, Received)]
                yield from self._hear(received, hurries=hurries)
            else:
                for item in group:
                    yield from self._pass_on(item)

    def _hear(self, received: list[Received], *, hurries: bool) -> Iterator[Event]:
        """Audio without a hole: chunk by chunk, or in a hurry all at once."""
        stretch = self._stretch or self._begin_stretch(received[0])
        pieces = []
        for one in received:
            heard = self._ear_for(one).hear(one)
            self._tally.not_finite_samples += heard.not_finite_samples
            yield from heard.events
            pieces.append((heard.samples, one.arrived_seconds))
        if hurries:
            pieces = [(np.concatenate([samples for samples, _ in pieces]), pieces[-1][1])]
        for samples, arrived_seconds in pieces:
            self._tally.process(len(samples), received[0].sample_rate)
            yield from stretch.feed(samples, arrived_seconds, newest_only=hurries)

    def _pass_on(self, item: Item) -> Iterator[Event]:
        """An item that is no audio; holes end the stretch."""
        if isinstance(item, Lost):
            yield from self._end_stretch()
            self._tally.dropped_samples += item.samples or 0
            milliseconds = None if item.samples is None else 1000 * item.samples / item.sample_rate
            yield OverrunEvent(
                item.start_seconds, milliseconds, "device" if item.by_device else "queue"
            )
        elif not isinstance(item, Received):
            if isinstance(item, DeviceEvent) and item.state == "device-lost":
                yield from self._end_stretch()
            yield item

    def _ear_for(self, received: Received) -> Ear:
        audio_format = (received.sample_rate, received.samples.shape[0])
        if self._ear is None or self._ear.format != audio_format:
            self._ear = Ear(*audio_format, is_device=self._source.is_device)
        return self._ear

    def _begin_stretch(self, first: Received) -> Stretch:
        self._stretch = Stretch(
            self._open_stream(first.sample_rate),
            first.sample_rate,
            offset_seconds=first.start_seconds,
            clock=self._clock,
            dictation=self._dictation,
        )
        return self._stretch

    def _end_stretch(self) -> Iterator[Event]:
        if self._stretch is not None:
            yield from self._stretch.end()
            self._tally.end_stretch(self._stretch.stream)
            self._stretch = None

    def _words(self) -> Iterator[Event]:
        if self._dictation is not None:
            yield from self._dictation.take()

    def _words_wait(self, most: int = _WORDS_WAITING) -> bool:
        return self._dictation is not None and self._dictation.waiting > most

    def _watch_stop(self) -> None:
        if not self.stop.is_set():
            return
        if self._stopped_at is None:
            self._stopped_at = self._clock.now()
            self._reception.wait(_POLL_SECONDS)  # what it holds in its hands still counts
            self._intake.close()
        if self._seconds_since_stop() > _DISCARD_SECONDS:
            self._intake.discard()

    def _seconds_since_stop(self) -> Seconds:
        return 0.0 if self._stopped_at is None else self._clock.now() - self._stopped_at
