"""Sources above the highest rate of a service are resampled, the others are left as they are."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.events import NoticeEvent
from emotion_classifier.inference.live.sources import Chunk, Source
from emotion_classifier.serving.limited_rate import LimitedRate

HIGHEST = 48_000


class Parts:
    """A source of chunks of 0.1 s with gaps of 0.5 s between its parts (channel, sample)."""

    name = "parts"
    waits = True
    is_device = False
    is_live = False

    def __init__(self, rate: int, parts: list[Samples]) -> None:
        self._rate, self._parts = rate, parts

    def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
        position = 0
        for part in self._parts:
            for start in range(0, part.shape[1], self._rate // 10):
                samples = part[:, start : start + self._rate // 10]
                yield Chunk(samples, self._rate, position + start)
            position += part.shape[1] + self._rate // 2
        yield NoticeEvent(code="mid-sample", message="cut", seconds=0.0)


def chunks_of(source: Source) -> list[Chunk]:
    return [one for one in source.record(threading.Event()) if isinstance(one, Chunk)]


def noise(rate: int, seconds: float) -> Samples:
    values = np.random.default_rng(0).normal(0, 0.1, (2, round(seconds * rate)))
    return values.astype(np.float32)


@pytest.mark.parametrize("rate", [96_000, 88_200, 192_000])
def test_every_part_is_resampled_as_a_whole_and_gaps_stay(rate: int) -> None:
    parts = [noise(rate, 0.73), noise(rate, 0.35)]
    starts = [0, round((0.73 + 0.5) * HIGHEST)]
    found: list[list[Samples]] = [[], []]
    for chunk in chunks_of(LimitedRate(Parts(rate, parts), HIGHEST)):
        number = int(chunk.position >= starts[1])
        behind = sum(one.shape[1] for one in found[number])
        assert (chunk.sample_rate, chunk.position) == (HIGHEST, starts[number] + behind)
        found[number].append(chunk.samples)
    for part, resampled in zip(parts, found, strict=True):
        expected = resample(part, rate, HIGHEST)
        np.testing.assert_allclose(np.concatenate(resampled, axis=1), expected, atol=1e-5)


@pytest.mark.parametrize("rate", [8_000, HIGHEST])
def test_a_rate_within_the_limit_stays(rate: int) -> None:
    source = Parts(rate, [noise(rate, 0.25)])
    chunks = chunks_of(LimitedRate(source, HIGHEST))
    for one, other in zip(chunks, chunks_of(source), strict=True):
        assert (one.sample_rate, one.position) == (other.sample_rate, other.position)
        np.testing.assert_array_equal(one.samples, other.samples)


def test_notices_are_passed_on() -> None:
    source = LimitedRate(Parts(96_000, [noise(96_000, 0.25)]), HIGHEST)
    notices = [one for one in source.record(threading.Event()) if isinstance(one, NoticeEvent)]
    assert [one.code for one in notices] == ["mid-sample"]
