"""Sources of live audio."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.inference.live.simulated import RATE, ManualClock, noise

from emotion_classifier.audio.io import read_audio, write_wav
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.events import NoticeEvent
from emotion_classifier.inference.live.sources import (
    Chunk,
    FileSource,
    PcmFormat,
    PcmSource,
    Source,
    take_seconds,
)


def chunks_of(source: Source, stop: threading.Event | None = None) -> Iterator[Chunk]:
    for item in source.record(stop or threading.Event()):
        assert isinstance(item, Chunk)
        yield item


def piped(data: bytes, channels: int, sample_format: PcmFormat) -> list[Chunk | NoticeEvent]:
    """Items of a source for `data` that is written to a pipe in pieces that split samples."""
    reading, writing = os.pipe()

    def write() -> None:
        for start in range(0, len(data), 1001):
            os.write(writing, data[start : start + 1001])
        os.close(writing)

    thread = threading.Thread(target=write)
    thread.start()
    source = PcmSource(reading, sample_rate=RATE, channels=channels, sample_format=sample_format)
    items = list(source.record(threading.Event()))
    thread.join()
    os.close(reading)
    return items


def joined(items: list[Chunk | NoticeEvent]) -> np.ndarray:
    chunks = [item for item in items if isinstance(item, Chunk)]
    ends = [chunk.position + chunk.samples.shape[1] for chunk in chunks]
    assert [chunk.position for chunk in chunks] == [0, *ends[:-1]]
    return np.concatenate([chunk.samples for chunk in chunks], axis=1)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_raw_samples_are_those_that_were_written(channels: int) -> None:
    samples = noise(0.7, channels=channels)
    integers = np.round(samples * 32768).astype("<i2")
    samples_read = joined(piped(integers.T.tobytes(), channels, "s16le"))
    np.testing.assert_array_equal(samples_read, integers.astype(np.float32) / 32768)
    samples_read = joined(piped(samples.T.astype("<f4").tobytes(), channels, "f32le"))
    np.testing.assert_array_equal(samples_read, samples)


def test_an_incomplete_sample_at_the_end_is_reported() -> None:
    *items, notice = piped(bytes(2 * 2 * 100 + 3), 2, "s16le")
    assert joined(items).shape == (2, 100)
    assert isinstance(notice, NoticeEvent)
    assert notice.code == "mid-sample"
    assert "last 3 bytes" in notice.message


def test_input_shorter_than_a_sample_is_reported() -> None:
    (notice,) = piped(b"x", 1, "s16le")
    assert isinstance(notice, NoticeEvent)


@pytest.mark.parametrize("form", ["WAV", "MP3", "OGG", "FLAC"])
def test_the_content_of_a_file_is_no_samples(form: str) -> None:
    file = io.BytesIO()
    soundfile.write(file, noise(0.7).T, RATE, format=form)
    reading, writing = os.pipe()
    os.write(writing, file.getvalue())
    os.close(writing)
    source = PcmSource(reading, sample_rate=RATE, channels=1, sample_format="s16le")
    with pytest.raises(AudioError, match="ffmpeg -i FILE") as caught:
        next(source.record(threading.Event()))
    os.close(reading)
    assert caught.value.code == "not-raw"


def test_a_closed_standard_input_is_an_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    source = PcmSource(reading, sample_rate=RATE, channels=1, sample_format="s16le")
    with pytest.raises(AudioError, match="standard input cannot be read"):
        next(source.record(threading.Event()))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "recording.wav"
    write_wav(path, noise(1.25, channels=2), RATE)
    return path


def test_a_file_is_delivered_completely_and_at_once(recording: Path) -> None:
    source = FileSource(str(recording))
    assert source.waits
    samples_read = joined(list(chunks_of(source)))
    np.testing.assert_array_equal(samples_read, read_audio(recording).samples)


def test_at_real_speed_a_chunk_is_available_at_its_end(recording: Path) -> None:
    clock = ManualClock()
    clock.seconds = 100.0
    source = FileSource(recording, clock)
    assert not source.waits
    for chunk in chunks_of(source):
        end_seconds = (chunk.position + chunk.samples.shape[1]) / RATE
        assert clock.seconds == pytest.approx(100.0 + end_seconds)


def test_a_stopped_file_ends(recording: Path) -> None:
    stop = threading.Event()
    chunks = chunks_of(FileSource(recording), stop)
    next(chunks)
    stop.set()
    assert list(chunks) == []


def test_a_file_that_is_too_long_or_missing_is_an_error(recording: Path, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="longer than the limit of 1 s"):
        list(chunks_of(FileSource(recording, maximum_seconds=1.0)))
    with pytest.raises(AudioError, match="no such file"):
        list(chunks_of(FileSource(tmp_path / "absent.wav")))


def test_the_first_seconds_of_a_source(recording: Path) -> None:
    samples, sample_rate = take_seconds(FileSource(recording), 0.35, threading.Event())
    assert sample_rate == RATE
    assert samples.shape == (2, 0.4 * RATE)


def test_a_source_without_samples_is_an_error() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    source = PcmSource(reading, sample_rate=RATE, channels=1, sample_format="s16le")
    with pytest.raises(AudioError, match="has no samples"):
        take_seconds(source, 1.0, threading.Event())
    os.close(reading)


def test_an_empty_standard_input_is_an_error_and_no_recording_without_speech() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    source = PcmSource(reading, sample_rate=RATE, channels=1, sample_format="s16le")
    with pytest.raises(AudioError) as caught:
        list(source.record(threading.Event()))
    os.close(reading)
    assert caught.value.code == "no-samples"
