"""Bounded queue of audio between the capture thread and the processing thread."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.events import DeviceEvent, NoticeEvent
from emotion_classifier.units import Hertz, Seconds, to_seconds


@dataclass(frozen=True, eq=False)
class QueuedAudio:
    """Captured audio.

    Parameters
    ----------
    samples : (channel, sample) float32.
    sample_rate : in hertz.
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
    sample_rate : in hertz.
    start_seconds : time of the first lost sample, from the start of the session.
    by_device : whether the device lost them; if not, the queue dropped them.
    """

    samples: int | None
    sample_rate: Hertz
    start_seconds: Seconds
    by_device: bool


QueueItem = QueuedAudio | LostAudio | DeviceEvent | NoticeEvent


class AudioQueue:
    """First-in, first-out queue of a limited duration; all methods are thread-safe.

    When it is full, `put` blocks for a source that waits. For other sources the oldest audio is
    dropped until half of the limit is left: one long gap, because between many short ones there would
    never be a whole window. A `LostAudio` replaces the dropped audio.

    Parameters
    ----------
    limit_seconds : most audio in the queue.
    waits : whether the source can wait.
    """

    def __init__(self, limit_seconds: Seconds, *, waits: bool) -> None:
        self._limit_seconds = limit_seconds
        self._waits = waits
        self._items: deque[QueueItem] = deque()
        self._seconds: Seconds = 0.0
        self._received_samples = 0
        self._closed = False
        self._changed = threading.Condition()

    @property
    def seconds(self) -> Seconds:
        """Duration of the audio in the queue."""
        with self._changed:
            return self._seconds

    @property
    def received_samples(self) -> int:
        """Samples put so far, for each channel, with those that a device is known to have lost."""
        with self._changed:
            return self._received_samples

    @property
    def is_finished(self) -> bool:
        """Whether the queue is closed and empty."""
        with self._changed:
            return self._closed and not self._items

    def put(self, item: QueueItem) -> None:
        """Add an item; after `close` it is ignored, and not counted as received."""
        with self._changed:
            while self._waits and self._seconds >= self._limit_seconds and not self._closed:
                self._changed.wait()
            if self._closed:
                return
            self._items.append(item)
            if isinstance(item, QueuedAudio):
                self._seconds += item.duration_seconds
                self._received_samples += item.samples.shape[1]
                if not self._waits and self._seconds > self._limit_seconds:
                    self._drop(down_to_seconds=self._limit_seconds / 2)
            elif isinstance(item, LostAudio):
                self._received_samples += item.samples or 0
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
            self._seconds = max(0.0, self._seconds - seconds) if self._items else 0.0
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
        while self._items and self._seconds > down_to_seconds:
            item = self._items.popleft()
            if isinstance(item, QueuedAudio):
                self._seconds -= item.duration_seconds
                gap = LostAudio(item.samples.shape[1], item.sample_rate, item.start_seconds, False)
                if kept and (joined := _joined(kept[-1], gap)):
                    kept[-1] = joined
                else:
                    kept.append(gap)
            else:
                kept.append(item)
        self._items.extendleft(reversed(kept))


def _joined(earlier: QueueItem, later: LostAudio) -> LostAudio | None:
    """One gap for two neighbouring ones that were both dropped by the queue, or None."""
    if (
        isinstance(earlier, LostAudio)
        and not earlier.by_device
        and earlier.sample_rate == later.sample_rate
        and earlier.samples is not None
        and later.samples is not None
    ):
        return replace(earlier, samples=earlier.samples + later.samples)
    return None
