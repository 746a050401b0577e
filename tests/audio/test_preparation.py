from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.errors import AudioError


def tone(seconds: float, rate: int) -> Samples:
    return (0.5 * np.sin(2 * np.pi * 300 * np.arange(round(seconds * rate)) / rate)).astype(
        np.float32
    )


def test_channels_are_mixed_then_resampled() -> None:
    stereo = np.stack([tone(1.0, 48000), np.zeros(48000, np.float32)])
    samples = Preparation(16000).apply(Waveform(stereo, 48000))
    assert samples.shape == (16000,)
    assert samples.dtype == np.float32
    np.testing.assert_allclose(samples[800:-800], tone(1.0, 16000)[800:-800] / 2, atol=1e-3)


def test_trimming_is_optional() -> None:
    quiet = np.zeros(16000, np.float32)
    waveform = Waveform(np.concatenate([quiet, tone(1.0, 16000), quiet])[None], 16000)
    assert len(Preparation(16000).apply(waveform)) == 48000
    assert 16000 <= len(Preparation(16000, trim_below_db=40.0).apply(waveform)) < 20000


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(16000),
        np.full(16000, 0.3),
        0.5 * 2.0**-15 * np.sign(np.sin(np.arange(16000.0))),
        np.zeros(0),
    ],
    ids=["zeros", "constant-offset", "half-a-step-of-16-bits", "nothing"],
)
def test_silence_is_an_error(samples: np.ndarray) -> None:
    with pytest.raises(AudioError) as caught:
        Preparation(16000).apply(Waveform(samples.astype(np.float32)[None], 16000), Path("x.wav"))
    assert caught.value.code == "silent"
    assert caught.value.path == Path("x.wav")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_not_finite_are_an_error(value: float) -> None:
    samples = np.array([[0.1, value, -0.1] * 8000], np.float32)
    with pytest.raises(AudioError) as caught:
        Preparation(16000).apply(Waveform(samples, 16000))
    assert caught.value.code == "not-finite"


def test_channels_in_opposite_phase_are_not_silent() -> None:
    channel = tone(0.5, 16000)
    prepared = Preparation(16000).apply(Waveform(np.stack([channel, -channel]), 16000))
    np.testing.assert_array_equal(
        prepared, Preparation(16000).apply(Waveform(channel[None], 16000))
    )


def test_very_soft_speech_is_not_silence() -> None:
    soft = (tone(0.5, 16000) * 1e-3)[None]
    assert Preparation(16000, 40.0).apply(Waveform(soft, 16000)).size > 0


def test_ten_milliseconds_are_prepared() -> None:
    assert len(Preparation(16000, 40.0).apply(Waveform(tone(0.01, 48000)[None], 48000))) == 160


def test_less_than_one_sample_is_too_short() -> None:
    samples = np.array([[0.5, -0.5]], np.float32)
    with pytest.raises(AudioError) as caught:
        Preparation(16000).apply(Waveform(samples, 192000))
    assert caught.value.code == "too-short"


def test_load_trims_the_mixed_recording(tmp_path: Path) -> None:
    quiet = np.zeros(22050, np.float32)
    stereo = np.tile(np.concatenate([tone(1.0, 22050), quiet]), (2, 1))
    write_wav(tmp_path / "x.wav", stereo, 22050)
    samples = Preparation(16000, trim_below_db=40.0).load(tmp_path / "x.wav")
    assert samples.ndim == 1 and 0.9 * 16000 < len(samples) < 1.1 * 16000


def test_load_names_the_file_in_its_errors(tmp_path: Path) -> None:
    write_wav(tmp_path / "x.wav", np.zeros(1000, np.float32), 16000)
    with pytest.raises(AudioError, match=r"x\.wav: the recording is silent"):
        Preparation(16000).load(tmp_path / "x.wav")
    write_wav(tmp_path / "x.wav", tone(0.5, 16000), 16000)
    with pytest.raises(AudioError, match=r"x\.wav: .* limit of 0\.25 s"):
        Preparation(16000, maximum_seconds=0.25).load(tmp_path / "x.wav")
