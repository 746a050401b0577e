"""Sources and clocks for tests of live audio, without hardware and without waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import DeviceError
from emotion_classifier.inference.events import LiveEvent, NoticeEvent
from emotion_classifier.inference.live.session import LiveSession
from emotion_classifier.inference.live.sources import Chunk, Clock, Source
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import Stream, StreamConfig

RATE = 8_000


class ManualClock(Clock):
    """Clock that is set by a test, or by `sleep`."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class ImmediateSource:
    """Source that delivers a first chunk, and the rest at once when `resumed` is set.

    Parameters
    ----------
    samples : (channel, sample).
    paused : whether `resumed` is not set from the beginning.
    endless : whether it waits at its end until it is stopped.
    """

    name = "immediate"

    def __init__(
        self,
        samples: Samples,
        *,
        waits: bool = False,
        is_device: bool = False,
        paused: bool = False,
        endless: bool = False,
        chunk: int = RATE // 10,
        rate: int = RATE,
    ) -> None:
        self.waits = waits
        self.is_device = is_device
        self.is_live = not waits
        self.delivered = threading.Event()
        self.resumed = threading.Event()
        if not paused:
            self.resumed.set()
        self._samples = samples
        self._endless = endless
        self._chunk = chunk
        self._rate = rate

    def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
        for position in range(0, self._samples.shape[1], self._chunk):
            samples = self._samples[:, position : position + self._chunk]
            yield Chunk(samples, self._rate, position)
            self.resumed.wait()
        self.delivered.set()
        if self._endless:
            stop.wait()


class FaultyDevice:
    """Device with a list of chunks for each time it is opened.

    Parameters
    ----------
    openings : None where it cannot be opened; the device is lost at the end of all but the last.
    """

    name = "faulty"
    waits = False
    is_device = True
    is_live = True

    def __init__(self, openings: Sequence[list[Chunk] | None]) -> None:
        self._openings = list(openings)

    def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
        chunks = self._openings.pop(0)
        if chunks is None:
            raise DeviceError("no such device")
        yield from chunks
        if self._openings:
            raise DeviceError("the device delivers no more audio")


def noise(seconds: float, *, channels: int = 1, rate: int = RATE, seed: int = 0) -> Samples:
    """Noise (channel, sample)."""
    shape = (channels, round(seconds * rate))
    return np.random.default_rng(seed).normal(0.0, 0.1, shape).astype(np.float32)


class Opener:
    """Opens streams without voice activity detection, so that each window has a prediction."""

    def __init__(self, model: Path) -> None:
        self._predictor = Predictor.load(model, StreamConfig(onset=None), threads=1)

    def __call__(self, sample_rate: int) -> Stream:
        return self._predictor.stream(sample_rate)


def events_of(source: Source, opener: Opener) -> list[LiveEvent]:
    """All events of a source."""
    return list(LiveSession(source, opener).events())
