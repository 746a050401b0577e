"""Capture thread, which takes audio from its source as soon as it arrives, and its bounded queue."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace

from emotion_classifier.audio.recorder import Recorder
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import DeviceError
from emotion_classifier.inference.event_fields import LossPlace
from emotion_classifier.inference.events import DeviceEvent, NoticeEvent
from emotion_classifier.inference.live.sources import Chunk, Clock, Source
from emotion_classifier.units import Hertz, Seconds, to_seconds

_RETRY_SECONDS: Seconds = 1.0


@dataclass(frozen=True, eq=False)
class QueuedAudio:
    """Captured audio.

    Parameters
    ----------
    samples : (channel, sample) float32.
    start_seconds : time of the first sample, from the start of the session.
    arrived_seconds : time of its arrival, by the clock.
    """

    samples: Samples
    sample_rate: Hertz
    start_seconds: Seconds
    arrived_seconds: Seconds

    @property
    def duration_seconds(self) -> Seconds:
        """Duration of the samples."""
        return to_seconds(self.samples.shape[1], self.sample_rate)

    @property
    def end_seconds(self) -> Seconds:
        """Time of the end of the samples, from the start of the session."""
        return self.start_seconds + self.duration_seconds


@dataclass(frozen=True)
class LostAudio:
    """Gap in the audio.

    Parameters
    ----------
    samples : number of lost samples; None where the device did not report it.
    start_seconds : time of the first lost sample, from the start of the session.
    place : that lost them.
    """

    samples: int | None
    sample_rate: Hertz
    start_seconds: Seconds
    place: LossPlace


QueueItem = QueuedAudio | LostAudio | DeviceEvent | NoticeEvent


class AudioQueue:
    """First-in, first-out queue of a limited duration; all methods are thread-safe.

    When it is full, `put` blocks for a source that waits. For other sources the oldest audio is
    dropped until half of the limit is left: one long gap, because between many short ones there would
    never be a whole window. A `LostAudio` replaces the dropped audio.
    """

    def __init__(self, limit_seconds: Seconds, *, waits: bool) -> None:
        self._limit_seconds = limit_seconds
        self._waits = waits
        self._items: deque[QueueItem] = deque()
        self.seconds: Seconds = 0.0
        """Duration of the audio in the queue."""
        self.received_samples = 0
        """Samples put so far, for each channel, with those that a device is known to have lost."""
        self._closed = False
        self._changed = threading.Condition()

    @property
    def is_finished(self) -> bool:
        """Whether the queue is closed and empty."""
        with self._changed:
            return self._closed and not self._items

    def put(self, item: QueueItem) -> None:
        """Add an item; after `close` it is ignored, and not counted as received."""
        with self._changed:
            while self._waits and self.seconds >= self._limit_seconds and not self._closed:
                self._changed.wait()
            if self._closed:
                return
            self._items.append(item)
            if isinstance(item, QueuedAudio):
                self.seconds += item.duration_seconds
                self.received_samples += item.samples.shape[1]
                if not self._waits and self.seconds > self._limit_seconds:
                    self._drop(down_to_seconds=self._limit_seconds / 2)
            elif isinstance(item, LostAudio):
                self.received_samples += item.samples or 0
            self._changed.notify_all()

    def take(self, *, most_seconds: Seconds, timeout_seconds: Seconds) -> list[QueueItem]:
        """Remove and return the oldest items, about `most_seconds` of audio; empty after the timeout."""
        taken: list[QueueItem] = []
        seconds = 0.0
        with self._changed:
            if not self._items and not self._closed:
                self._changed.wait(timeout_seconds)
            while self._items and seconds < most_seconds:
                item = self._items.popleft()
                taken.append(item)
                if isinstance(item, QueuedAudio):
                    seconds += item.duration_seconds
            self.seconds = max(0.0, self.seconds - seconds) if self._items else 0.0
            self._changed.notify_all()
        return taken

    def discard(self) -> None:
        """Drop all audio in the queue."""
        with self._changed:
            self._drop(down_to_seconds=0.0)

    def close(self) -> None:
        """Accept no more items; those in the queue can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _drop(self, *, down_to_seconds: Seconds) -> None:
        """Replace audio by `LostAudio`, the oldest first, one for neighbouring audio."""
        kept: list[QueueItem] = []
        while self._items and self.seconds > down_to_seconds:
            item = self._items.popleft()
            if isinstance(item, QueuedAudio):
                self.seconds -= item.duration_seconds
                lost, rate, last = (
                    item.samples.shape[1],
                    item.sample_rate,
                    kept[-1] if kept else None,
                )
                if (
                    isinstance(last, LostAudio)
                    and last.place == "queue"
                    and last.sample_rate == rate
                ):
                    kept[-1] = replace(last, samples=(last.samples or 0) + lost)
                else:
                    kept.append(LostAudio(lost, rate, item.start_seconds, "queue"))
            else:
                kept.append(item)
        self._items.extendleft(reversed(kept))


class Capture:
    """Thread that moves audio from a source to a queue, and to a recording.

    A device that is lost is opened again, once a second, until it is back. The recording is written
    here, so that it is complete even when processing is too slow. Queue and recorder are closed at the
    end, which comes with the end of the source or when `stop` is set.
    """

    def __init__(
        self,
        source: Source,
        audio_queue: AudioQueue,
        *,
        stop: threading.Event,
        clock: Clock,
        recorder: Recorder | None,
    ) -> None:
        self.error: Exception | None = None
        """Error that ended the thread."""
        self._source = source
        self._queue = audio_queue
        self._stop = stop
        self._clock = clock
        self._recorder = recorder
        self._is_open = False  # the device was opened at least once
        self._is_lost = False
        self._end_seconds: Seconds = 0.0  # of the audio so far
        self._last_arrival: Seconds = 0.0
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wait(self, timeout_seconds: Seconds) -> None:
        """Wait for the end of the thread, not for long: a source may hang in a system call."""
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        try:
            with nullcontext() if self._recorder is None else closing(self._recorder):
                self._capture_with_retries()
        except Exception as error:  # raised by the session: a thread has no caller
            self.error = error
        finally:
            self._queue.close()

    def _capture_with_retries(self) -> None:
        while not self._stop.is_set():
            try:
                self._capture()
                return
            except DeviceError as error:
                if not self._is_open or not self._source.is_device:
                    raise
                self._report_lost(error)
            self._stop.wait(_RETRY_SECONDS)

    def _capture(self) -> None:
        """Queue the audio of a source, from its opening to its end."""
        offset: Seconds | None = None
        expected = 0
        for item in self._source.record(self._stop):
            if isinstance(item, NoticeEvent):
                self._queue.put(item)
                continue
            if offset is None:
                offset = self._begin(item)
            rate = item.sample_rate
            start_seconds = offset + to_seconds(item.position, rate)
            if item.overflowed or item.position > expected:
                missing = item.position - expected or None
                place: LossPlace = "device" if self._source.is_device else "connection"
                self._queue.put(LostAudio(missing, rate, self._end_seconds, place))
            self._last_arrival = self._clock.now()
            if item.samples.size:
                self._record(item, start_seconds)
                self._queue.put(QueuedAudio(item.samples, rate, start_seconds, self._last_arrival))
            expected = item.position + item.samples.shape[1]
            self._end_seconds = offset + to_seconds(expected, rate)

    def _begin(self, first: Chunk) -> Seconds:
        """Start time of the first chunk after an opening, from the start of the session."""
        offset = 0.0
        if self._is_open:
            away = self._clock.now() - self._last_arrival
            duration = to_seconds(first.samples.shape[1], first.sample_rate)
            offset = self._end_seconds + max(0.0, away - duration)
        event = DeviceEvent(
            state="device-back" if self._is_open else "open",
            name=self._source.name,
            seconds=offset,
            sample_rate=first.sample_rate,
            channels=first.samples.shape[0],
        )
        self._queue.put(event)
        self._is_open, self._is_lost, self._end_seconds = True, False, offset
        return offset

    def _report_lost(self, error: DeviceError) -> None:
        name, seconds = self._source.name, self._end_seconds
        if not self._is_lost:
            self._queue.put(
                DeviceEvent(state="device-lost", name=name, seconds=seconds, reason=str(error))
            )
        self._is_lost = True

    def _record(self, chunk: Chunk, seconds: Seconds) -> None:
        if self._recorder and (begun := self._recorder.write(chunk.samples, chunk.sample_rate)):
            message = f"recording to {begun}"
            self._queue.put(NoticeEvent(code="recording", message=message, seconds=seconds))
