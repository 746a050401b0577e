"""What was received and is not processed yet: a queue with a limit, between two threads."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.live.events import DeviceEvent, NoticeEvent
from emotion_classifier.units import Hertz, Seconds, to_seconds


@dataclass(frozen=True, eq=False)
class Received:
    """Audio that waits.

    Parameters
    ----------
    samples : (channel, sample) float32.
    sample_rate : of the samples.
    start_seconds : of the first sample, since listening began.
    arrived_seconds : by the clock, when it was received.
    """

    samples: Samples
    sample_rate: Hertz
    start_seconds: Seconds
    arrived_seconds: Seconds

    @property
    def duration_seconds(self) -> Seconds:
        """Duration of the samples."""
        return to_seconds(self.samples.shape[1], self.sample_rate)


@dataclass(frozen=True)
class Lost:
    """A hole in the audio.

    Parameters
    ----------
    samples : that are missing; None where the device did not say how many.
    sample_rate : of the missing samples.
    start_seconds : of the first one, since listening began.
    by_device : whether the device lost them; if not, they were dropped here.
    """

    samples: int | None
    sample_rate: Hertz
    start_seconds: Seconds
    by_device: bool


Item = Received | Lost | DeviceEvent | NoticeEvent


class Intake:
    """A queue of items in the order in which they came, with at most some seconds of audio.

    When it is full, a source that waits is made to wait. From one that does not, the oldest audio is
    dropped until half of the limit is left, in one piece: many small holes would never leave a whole
    window. A `Lost` stands where the audio was. All methods may be called from any thread.

    Parameters
    ----------
    limit_seconds : the most audio to hold.
    waits : whether the source waits.
    """

    def __init__(self, limit_seconds: Seconds, *, waits: bool) -> None:
        self._limit_seconds = limit_seconds
        self._waits = waits
        self._items: deque[Item] = deque()
        self._seconds: Seconds = 0.0
        self._received_samples = 0
        self._closed = False
        self._changed = threading.Condition()

    @property
    def seconds(self) -> Seconds:
        """Duration of the audio that waits."""
        with self._changed:
            return self._seconds

    @property
    def received_samples(self) -> int:
        """All samples so far, of each channel, with those that a device is known to have lost."""
        with self._changed:
            return self._received_samples

    @property
    def is_finished(self) -> bool:
        """Whether nothing waits and nothing more will come."""
        with self._changed:
            return self._closed and not self._items

    def put(self, item: Item) -> None:
        """Add an item; after `close` it is ignored, and not counted as received."""
        with self._changed:
            while self._waits and self._seconds >= self._limit_seconds and not self._closed:
                self._changed.wait()
            if self._closed:
                return
            self._items.append(item)
            if isinstance(item, Received):
                self._seconds += item.duration_seconds
                self._received_samples += item.samples.shape[1]
                if not self._waits and self._seconds > self._limit_seconds:
                    self._drop(down_to_seconds=self._limit_seconds / 2)
            elif isinstance(item, Lost):
                self._received_samples += item.samples or 0
            self._changed.notify_all()

    def take(self, *, most_seconds: Seconds, timeout_seconds: Seconds) -> list[Item]:
        """The oldest items, about `most_seconds` of audio; none where none came in time."""
        taken: list[Item] = []
        seconds = 0.0
        with self._changed:
            if not self._items and not self._closed:
                self._changed.wait(timeout_seconds)
            while self._items and seconds < most_seconds:
                item = self._items.popleft()
                taken.append(item)
                if isinstance(item, Received):
                    seconds += item.duration_seconds
            self._seconds = max(0.0, self._seconds - seconds) if self._items else 0.0
            self._changed.notify_all()
        return taken

    def discard(self) -> None:
        """Drop all audio that waits."""
        with self._changed:
            self._drop(down_to_seconds=0.0)

    def close(self) -> None:
        """Accept nothing more; what waits can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _drop(self, *, down_to_seconds: Seconds) -> None:
        """Put one `Lost` in the place of neighbouring audio, the oldest first."""
        kept: list[Item] = []
        while self._items and self._seconds > down_to_seconds:
            item = self._items.popleft()
            if isinstance(item, Received):
                self._seconds -= item.duration_seconds
                hole = Lost(item.samples.shape[1], item.sample_rate, item.start_seconds, False)
                if kept and (joined := _joined(kept[-1], hole)):
                    kept[-1] = joined
                else:
                    kept.append(hole)
            else:
                kept.append(item)
        self._items.extendleft(reversed(kept))


def _joined(earlier: Item, later: Lost) -> Lost | None:
    """One hole for two neighbouring ones that were both dropped here, or None."""
    if (
        isinstance(earlier, Lost)
        and not earlier.by_device
        and earlier.sample_rate == later.sample_rate
        and earlier.samples is not None
        and later.samples is not None
    ):
        return replace(earlier, samples=earlier.samples + later.samples)
    return None
