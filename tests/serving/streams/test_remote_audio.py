"""Messages of a client become chunks of a source."""

from __future__ import annotations

import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emotion_classifier.inference.live.sources import Chunk
from emotion_classifier.serving.streams.remote_audio import RemoteAudio

RATE = 16_000


def audio(channels: int = 1) -> RemoteAudio:
    return RemoteAudio(sample_rate=RATE, channels=channels, sample_format="s16le", waits=False)


def chunks_of(source: RemoteAudio) -> list[Chunk]:
    found = []
    for item in source.record(threading.Event()):
        assert isinstance(item, Chunk)
        found.append(item)
    return found


@given(st.lists(st.integers(1, 4000), max_size=30))
def test_messages_of_any_size_have_the_same_samples(sizes: list[int]) -> None:
    source = audio(channels=2)
    values = np.arange(2 * sum(sizes), dtype=np.int16)
    position = 0
    for size in sizes:
        source.put(values[2 * position : 2 * (position + size)].tobytes())
        position += size
    source.end()
    chunks = chunks_of(source)
    assert source.received_samples == position
    assert source.waiting_seconds == 0.0
    assert [chunk.position for chunk in chunks] == list(
        np.cumsum([0, *(chunk.samples.shape[1] for chunk in chunks)])[:-1]
    )
    assert all(chunk.samples.shape[1] >= RATE / 10 for chunk in chunks[:-1])
    if chunks:
        joined = np.concatenate([chunk.samples for chunk in chunks], axis=1)
        np.testing.assert_array_equal(joined, values.reshape(-1, 2).T / np.float32(32768))


def test_a_gap_moves_the_position() -> None:
    source = audio()
    source.put(bytes(200))
    source.put_gap(1000)
    source.put(bytes(20))
    source.end()
    assert [(one.position, one.samples.shape[1]) for one in chunks_of(source)] == [
        (0, 100),
        (1100, 0),
        (1100, 10),
    ]
    assert source.received_samples == 1110


def test_a_gap_is_reported_without_audio_behind_it() -> None:
    source = audio(channels=2)
    source.put(bytes(400))
    source.put_gap(1000)
    source.end()
    found = [(one.position, one.samples.shape) for one in chunks_of(source)]
    assert found == [(0, (2, 100)), (1100, (2, 0))]


def test_it_ends_when_it_is_stopped_and_all_is_taken() -> None:
    source, stop = audio(), threading.Event()
    source.put(bytes(2 * RATE))
    stop.set()
    assert [item.samples.shape[1] for item in source.record(stop) if isinstance(item, Chunk)] == [
        RATE
    ]
