from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_classifier.audio.augmentation.impulse_response import (
    DrawnResponse,
    ImpulseResponseConfig,
    reverberated,
)
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import ConfigError

RATE = 16_000
GENERATOR = np.random.default_rng(0)
CLIP = (0.1 * GENERATOR.standard_normal(RATE)).astype(np.float32)


def room(direct: int, length: int) -> Samples:
    """A decaying tail behind the direct sound, and a weak beginning before it."""
    tail = GENERATOR.standard_normal(length) * np.exp(-np.arange(length) / (length / 5))
    response = np.concatenate([0.01 * GENERATOR.standard_normal(direct), 0.2 * tail])
    response[direct] = 2.0
    return response.astype(np.float32)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))


def write(path: Path, response: Samples, rate: int = RATE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, response, rate, subtype="FLOAT")
    return path


def test_the_origin_is_the_strongest_sample() -> None:
    response = room(300, 2000)
    response[300] *= -1.0
    expected = np.convolve(CLIP.astype(float), response.astype(float))[300:][: len(CLIP)]
    np.testing.assert_allclose(reverberated(CLIP, response), expected, atol=2e-6)


def test_the_level_stays(tmp_path: Path) -> None:
    path = write(tmp_path / "room.wav", room(80, 8000))
    reverberant = (
        ImpulseResponseConfig(path=path).build().apply(CLIP, RATE, DrawnResponse("room.wav"))
    )
    assert len(reverberant) == len(CLIP)
    assert np.std(reverberant) == pytest.approx(np.std(CLIP), rel=1e-3)


def test_there_is_no_delay(tmp_path: Path) -> None:
    path = write(tmp_path / "room.wav", room(500, 4000))
    reverberant = (
        ImpulseResponseConfig(path=path).build().apply(CLIP, RATE, DrawnResponse("room.wav"))
    )
    correlation = np.fft.irfft(np.fft.rfft(reverberant) * np.conj(np.fft.rfft(CLIP)))
    assert int(correlation.argmax()) == 0


def test_a_response_of_direct_sound_alone_changes_nothing(tmp_path: Path) -> None:
    response = np.zeros(400, np.float32)
    response[123] = -0.5
    path = write(tmp_path / "none.wav", response)
    reverberant = (
        ImpulseResponseConfig(path=path).build().apply(CLIP, RATE, DrawnResponse("none.wav"))
    )
    np.testing.assert_allclose(reverberant, -CLIP, atol=1e-6)


def test_an_echo_at_another_rate_comes_at_the_same_time(tmp_path: Path) -> None:
    response = np.zeros(48_000, np.float32)
    response[0], response[24_000] = 1.0, 0.8
    path = write(tmp_path / "echo.wav", response, 48_000)
    click = np.zeros(RATE, np.float32)
    click[1000] = 1.0
    reverberant = (
        ImpulseResponseConfig(path=path).build().apply(click, RATE, DrawnResponse("echo.wav"))
    )
    peaks = np.flatnonzero(np.abs(reverberant) > 0.5 * np.abs(reverberant).max())
    assert peaks[0] == 1000 and peaks[-1] == 9000


def test_silence_stays_silent(tmp_path: Path) -> None:
    path = write(tmp_path / "room.wav", room(80, 800))
    silence = np.zeros(RATE, np.float32)
    rooms = ImpulseResponseConfig(path=path).build()
    assert not rooms.apply(silence, RATE, DrawnResponse("room.wav")).any()


def test_every_response_of_a_folder_is_drawn(tmp_path: Path) -> None:
    names = {"a.wav", "deep/b.flac", "deep/c.wav"}
    for name in names:
        (tmp_path / "rooms" / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(tmp_path / "rooms" / name, room(0, 100) / 4, RATE)
    rooms = ImpulseResponseConfig(path=tmp_path / "rooms").build()
    generator = np.random.default_rng(0)
    assert {rooms.draw(RATE, RATE, generator).file for _ in range(100)} == names


def test_a_path_without_responses_is_an_error_in_build(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name, finding in (("absent", "does not exist"), ("empty", "holds no audio files")):
        with pytest.raises(ConfigError, match=f"{name} {finding}: name a folder"):
            ImpulseResponseConfig(path=tmp_path / name).build()


def test_a_silent_response_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "still.wav", np.zeros(1000, np.float32))
    with pytest.raises(ConfigError, match=r"still\.wav: the recording is silent"):
        ImpulseResponseConfig(path=path).build().prepare(RATE)


def test_real_impulse_responses(shared_data: Path) -> None:
    rooms = ImpulseResponseConfig(path=shared_data / "rir").build()
    generator = np.random.default_rng(0)
    for _ in range(10):
        reverberant = rooms.apply(CLIP, RATE, rooms.draw(len(CLIP), RATE, generator))
        assert np.std(reverberant) == pytest.approx(np.std(CLIP), rel=1e-3)
