"""Sources and clocks for tests of live audio: real ones, but without hardware and without waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import DeviceError
from emotion_classifier.inference.live.events import Event, NoticeEvent
from emotion_classifier.inference.live.session import Listening
from emotion_classifier.inference.live.sources import Chunk, Source
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import Stream, StreamConfig

RATE = 8_000


class ManualClock:
    """Time passes when a test says so, or when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class PouringSource:
    """Gives all it has at once, to whoever is ready for it or not.

    Parameters
    ----------
    samples : (channel, sample).
    endless : whether it then waits to be stopped.
    """

    name = "pouring"

    def __init__(
        self,
        samples: Samples,
        *,
        waits: bool = False,
        is_device: bool = False,
        endless: bool = False,
        chunk: int = RATE // 10,
    ) -> None:
        self.waits = waits
        self.is_device = is_device
        self.poured = threading.Event()
        self._samples = samples
        self._endless = endless
        self._chunk = chunk

    def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
        for position in range(0, self._samples.shape[1], self._chunk):
            yield Chunk(self._samples[:, position : position + self._chunk], RATE, position)
        self.poured.set()
        if self._endless:
            stop.wait()


class FaultyDevice:
    """A device that follows a script: one list of chunks for each time it is opened.

    Parameters
    ----------
    openings : None where it cannot be opened; what ends before the last list is pulled out.
    """

    name = "faulty"
    waits = False
    is_device = True

    def __init__(self, openings: Sequence[list[Chunk] | None]) -> None:
        self._openings = list(openings)

    def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
        chunks = self._openings.pop(0)
        if chunks is None:
            raise DeviceError("there is no such device")
        yield from chunks
        if self._openings:
            raise DeviceError("the device gives no more audio")


def noise(seconds: float, *, channels: int = 1, rate: int = RATE, seed: int = 0) -> Samples:
    """Something to hear: (channel, sample)."""
    shape = (channels, round(seconds * rate))
    return np.random.default_rng(seed).normal(0.0, 0.1, shape).astype(np.float32)


class Opener:
    """Opens streams that take everything for speech, so that each window is heard."""

    def __init__(self, model: Path) -> None:
        self._predictor = Predictor.load(model, StreamConfig(onset=None), threads=1)

    def __call__(self, sample_rate: int) -> Stream:
        return self._predictor.stream(sample_rate)


def listen_to(source: Source, opener: Opener) -> list[Event]:
    """All events of a source."""
    return list(Listening(source, opener).events())
