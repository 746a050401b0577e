"""Decoding in a process with limits: the same samples and errors, and no crash of this process."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_classifier.audio.containers.pool import DecoderPool
from emotion_classifier.audio.io import open_audio
from emotion_classifier.audio.isolated import decoder, worker
from emotion_classifier.audio.isolated.decoder import DecodingCancelledError, IsolatedAudio
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import AudioError

RATE = 16_000


@pytest.fixture(scope="module", autouse=True)
def pool() -> Iterator[DecoderPool]:
    """One process for all tests, since its start takes a moment."""
    with pytest.MonkeyPatch.context() as patch:
        pool = DecoderPool(decoder.ISOLATED_POOL._arguments)
        patch.setattr(decoder, "ISOLATED_POOL", pool)
        yield pool
        pool.end()


def encoded(samples: Samples, form: str = "WAV", subtype: str | None = None) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples.T, RATE, format=form, subtype=subtype)
    return file.getvalue()


def noise(seconds: float = 0.5, channels: int = 2) -> Samples:
    shape = (channels, round(seconds * RATE))
    return np.random.default_rng(0).normal(0.0, 0.1, shape).astype(np.float32)


def samples_of(content: bytes, maximum_seconds: float = 600.0) -> Samples:
    with IsolatedAudio(content, threading.Event()).open_stream(maximum_seconds) as audio:
        assert audio.sample_rate == RATE
        return np.concatenate(list(audio.blocks), axis=1)


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG", "MP3"])
def test_samples_are_those_of_this_process(form: str) -> None:
    content = encoded(noise(5.0), form)
    with open_audio(content) as audio:
        expected = np.concatenate(list(audio.blocks), axis=1)
    np.testing.assert_array_equal(samples_of(content), expected)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-file"),
        (b"\x00" * 500, "unreadable"),
        (b"\x89PNG" + bytes(100), "unreadable"),
        (encoded(noise())[:-1000], "truncated"),
        (encoded(noise(channels=9)), "channels"),
        (encoded(np.full((1, 100), np.nan, np.float32), "WAV", "FLOAT"), "not-finite"),
        (encoded(np.full((1, 100), 2e4, np.float32), "WAV", "FLOAT"), "amplitude"),
    ],
)
def test_errors_are_those_of_this_process(content: bytes, code: str) -> None:
    with pytest.raises(AudioError) as expected, open_audio(content) as audio:
        list(audio.blocks)
    with pytest.raises(AudioError) as found:
        samples_of(content)
    assert (found.value.code, found.value.reason) == (code, expected.value.reason)
    assert found.value.path is None


def test_the_duration_is_counted_while_it_is_decoded() -> None:
    content = encoded(noise(2.0))
    assert samples_of(content, 2.0).shape == (2, 2 * RATE)
    with pytest.raises(AudioError) as caught:
        samples_of(content, 1.9)
    assert caught.value.code == "too-long"


def test_decoding_can_be_cancelled() -> None:
    cancelled = threading.Event()
    with IsolatedAudio(encoded(noise(20.0)), cancelled).open_stream(60.0) as audio:
        next(audio.blocks)
        cancelled.set()
        with pytest.raises(DecodingCancelledError):
            next(audio.blocks)


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_a_crash_of_the_decoder_is_an_error_of_its_file(
    pool: DecoderPool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    crash = "import os, signal, sys; sys.stdin.read(1); os.kill(os.getpid(), signal.SIGSEGV)"
    crashing = DecoderPool(["-c", crash])
    with monkeypatch.context() as patch:
        patch.setattr(decoder, "ISOLATED_POOL", crashing)
        with pytest.raises(AudioError) as caught:
            samples_of(encoded(noise()))
    assert caught.value.code == "unreadable"
    assert "Segmentation fault" in caught.value.reason
    assert samples_of(encoded(noise())).size


def test_the_worker_responds_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "limit_processor_time", lambda: None)
    requests = [b"M" + bytes(300), b"M" + encoded(noise()), b"", b""]
    written = b"".join(len(one).to_bytes(4, "little") + one for one in requests)
    responses = io.BytesIO()
    worker.respond(io.BytesIO(written), responses)
    content, kinds = responses.getvalue(), []
    while content:
        kinds.append(content[:1])
        content = content[5 + int.from_bytes(content[1:5], "little") :]
    assert kinds == [b"A", b"F", b"L", b"X"]
