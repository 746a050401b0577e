"""A source whose audio is resampled where its rate is above that of a service."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np

from emotion_classifier.audio.resampling import StreamResampler
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.events import NoticeEvent
from emotion_classifier.inference.live.sources import Chunk, Source
from emotion_classifier.units import Hertz, to_samples, to_seconds


class LimitedRate:
    """A source at its own rate, or at the highest one if that is lower.

    Parameters
    ----------
    source : of the audio.
    highest_rate : of the chunks.
    """

    def __init__(self, source: Source, highest_rate: Hertz) -> None:
        self.name = source.name
        self.waits = source.waits
        self.is_device = source.is_device
        self.is_live = source.is_live
        self._source, self._highest_rate = source, highest_rate

    def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
        """Chunks and notices; for errors see the source."""
        part: _ContinuousPart | None = None
        for item in self._source.record(stop):
            if isinstance(item, NoticeEvent) or item.sample_rate <= self._highest_rate:
                yield item
                continue
            if part is None or part.end != item.position:
                if part is not None:
                    yield from part.flush()
                part = _ContinuousPart(item, self._highest_rate)
            yield from part.feed(item.samples)
        if part is not None:
            yield from part.flush()


class _ContinuousPart:
    """Audio from one gap to the next, resampled."""

    def __init__(self, first: Chunk, rate: Hertz) -> None:
        self.end = first.position
        """Position behind the last sample, at the rate of the source."""
        self._rate = rate
        self._position = to_samples(to_seconds(first.position, first.sample_rate), rate)
        self._channels = [StreamResampler(first.sample_rate, rate) for _ in first.samples]

    def feed(self, samples: Samples) -> Iterator[Chunk]:
        """What follows after `samples` (channel, sample)."""
        self.end += samples.shape[1]
        pairs = zip(self._channels, samples, strict=True)
        yield from self._chunk([resampler.feed(channel) for resampler, channel in pairs])

    def flush(self) -> Iterator[Chunk]:
        """The rest."""
        yield from self._chunk([resampler.flush() for resampler in self._channels])

    def _chunk(self, channels: list[Samples]) -> Iterator[Chunk]:
        samples = np.stack(channels)
        if samples.size:
            yield Chunk(samples, self._rate, self._position)
            self._position += samples.shape[1]
