"""Recordings that can be played at any time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio import recorder
from emotion_classifier.audio.io import read_audio
from emotion_classifier.audio.recorder import Recorder
from emotion_classifier.errors import StorageError

RATE = 8_000


def noise(samples: int, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, (channels, samples)).astype(np.float32)


def test_the_file_is_whole_after_every_chunk(tmp_path: Path) -> None:
    path = tmp_path / "new" / "talk.wav"
    recording = Recorder(path)
    samples = noise(3000, channels=2)
    assert recording.write(samples[:, :1000], RATE) == path
    assert recording.write(samples[:, 1000:], RATE) is None
    read = read_audio(path)  # not closed: as after a kill
    assert read.sample_rate == RATE
    np.testing.assert_allclose(read.samples, samples, atol=1 / 32767)
    recording.close()
    np.testing.assert_allclose(read_audio(path).samples, samples, atol=1 / 32767)


def test_unusable_samples_are_clipped_or_silent(tmp_path: Path) -> None:
    recording = Recorder(tmp_path / "talk.wav")
    recording.write(np.array([[np.nan, 2.0, -np.inf]], np.float32), RATE)
    recording.close()
    samples = read_audio(tmp_path / "talk.wav").samples
    np.testing.assert_allclose(samples, [[0.0, 1.0, -1.0]], atol=1e-4)


def test_another_format_begins_another_file(tmp_path: Path) -> None:
    recording = Recorder(tmp_path / "talk.wav")
    recording.write(noise(100), RATE)
    assert recording.write(noise(100), 2 * RATE) == tmp_path / "talk-2.wav"
    recording.close()
    assert read_audio(tmp_path / "talk-2.wav").sample_rate == 2 * RATE


def test_a_full_file_begins_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "_LARGEST_BYTES", 400)
    recording = Recorder(tmp_path / "talk.wav")
    begun = [recording.write(noise(150), RATE) for _ in range(3)]
    recording.close()
    assert [path.name for path in begun if path] == ["talk.wav", "talk-2.wav", "talk-3.wav"]


def test_nothing_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    path.write_bytes(b"precious")
    with pytest.raises(StorageError, match="exists already"):
        Recorder(path).write(noise(10), RATE)
    assert path.read_bytes() == b"precious"
