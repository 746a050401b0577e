"""Audio that a client sends, as a source of a live session."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.events import NoticeEvent
from emotion_classifier.inference.live.sources import (
    CHUNK_SECONDS,
    Chunk,
    PcmFormat,
    decode_pcm,
    frame_bytes,
)
from emotion_classifier.units import Hertz, Seconds, to_samples, to_seconds

_POLL_SECONDS: Seconds = 0.1


@dataclass(frozen=True)
class _Gap:
    """Number of samples that the client lost."""

    samples: int


class RemoteAudio:
    """Source whose audio is put by the event loop and taken by the thread of the session.

    Messages are joined to chunks of 0.1 s or more, so that small messages cost no more than large ones.

    Parameters
    ----------
    waits : whether audio waits while it is not taken; if not, the oldest is lost.
    """

    name = "connection"
    is_device = False
    is_live = True

    def __init__(
        self, *, sample_rate: Hertz, channels: int, sample_format: PcmFormat, waits: bool
    ) -> None:
        self.waits = waits
        self.sample_rate = sample_rate
        self.channels = channels
        self.sample_format = sample_format
        self.received_samples = 0
        """Samples of each channel so far, lost ones included."""
        self._queue: queue.SimpleQueue[bytes | _Gap | None] = queue.SimpleQueue()
        self._put_bytes = self._taken_bytes = 0

    @property
    def frame_bytes(self) -> int:
        """Number of bytes of a sample of all channels."""
        return frame_bytes(self.channels, self.sample_format)

    @property
    def waiting_seconds(self) -> Seconds:
        """Duration of the audio that was not taken yet."""
        frames = (self._put_bytes - self._taken_bytes) // self.frame_bytes
        return to_seconds(frames, self.sample_rate)

    def seconds_of(self, data: bytes) -> Seconds:
        """Duration of a message."""
        return to_seconds(len(data) // self.frame_bytes, self.sample_rate)

    def put(self, data: bytes) -> None:
        """Add whole samples."""
        self.received_samples += len(data) // self.frame_bytes
        self._put_bytes += len(data)
        self._queue.put(data)

    def put_gap(self, samples: int) -> None:
        """Add a gap of so many samples."""
        self.received_samples += samples
        self._queue.put(_Gap(samples))

    def end(self) -> None:
        """End the audio."""
        self._queue.put(None)

    def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
        """Chunks as they arrive, to the end or until `stop` is set and all that has arrived is taken.

        A gap is an empty chunk behind it, so that it is reported even if no audio follows.
        """
        position = 0
        for item in self._joined(stop):
            if isinstance(item, _Gap):
                position += item.samples
                samples = np.zeros((self.channels, 0), np.float32)
            else:
                samples = self._decode(item)
            yield Chunk(samples, self.sample_rate, position)
            position += samples.shape[1]

    def _joined(self, stop: threading.Event) -> Iterator[bytes | _Gap]:
        """Joined messages and gaps."""
        least = to_samples(CHUNK_SECONDS, self.sample_rate) * self.frame_bytes
        parts: list[bytes] = []
        count, since = 0, 0.0
        while True:
            try:
                item = self._queue.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                item = b""
            now = time.monotonic()
            if isinstance(item, bytes) and item:
                since = since if parts else now
                parts.append(item)
                count += len(item)
            is_idle = item == b""
            is_due = count >= least or now - since > CHUNK_SECONDS or not isinstance(item, bytes)
            if parts and is_due:
                self._taken_bytes += count
                yield b"".join(parts)
                parts, count = [], 0
            if isinstance(item, _Gap):
                yield item
            elif item is None or (is_idle and stop.is_set()):
                return

    def _decode(self, data: bytes) -> Samples:
        samples: Samples = decode_pcm(data, self.channels, self.sample_format)
        return np.ascontiguousarray(samples)
