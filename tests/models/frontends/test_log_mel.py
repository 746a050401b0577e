from __future__ import annotations

from collections.abc import Callable

import librosa
import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy.signal import get_window

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.models.frontends.config import LogMelConfig
from emotion_classifier.models.frontends.log_mel import POWER_FLOOR

# sample rate, mels, n_fft, hop
RECIPES = ((16_000, 128, 1024, 256), (48_000, 128, 1024, 256), (22_050, 40, 2048, 512))


def clip(samples: int, sample_rate: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """A harmonic tone that swells and a little noise: loud and quiet bands, as in speech."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(samples) / sample_rate
    tone = sum(np.sin(2 * np.pi * 140 * k * seconds) / k for k in range(1, 15))
    swell = np.sin(np.pi * np.arange(samples) / samples)
    return (0.2 * swell * tone + 0.003 * rng.standard_normal(samples)).astype(np.float32)


def mel_power(
    samples: npt.NDArray[np.float32], sample_rate: int, mels: int, n_fft: int, hop: int
) -> npt.NDArray[np.float64]:
    """Mel power (frame, mel) in double precision."""
    padded = np.pad(samples.astype(np.float64), n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop]
    power = np.abs(np.fft.rfft(frames * get_window("hann", n_fft))) ** 2
    filters = librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=mels, dtype=np.float64)
    return np.asarray(power @ filters.T)


def librosa_power(
    samples: npt.NDArray[np.float32], sample_rate: int, mels: int, n_fft: int, hop: int
) -> npt.NDArray[np.float64]:
    """Mel power (frame, mel) from librosa in double precision."""
    power = librosa.feature.melspectrogram(
        y=samples.astype(np.float64),
        sr=sample_rate,
        n_fft=n_fft,
        hop_length=hop,
        n_mels=mels,
        power=2.0,
        center=True,
        pad_mode="constant",
    )
    return np.asarray(power.T, dtype=np.float64)


@pytest.mark.parametrize(
    "reference",
    [
        mel_power,
        pytest.param(librosa_power, marks=pytest.mark.slow),  # its first use compiles librosa
    ],
)
@pytest.mark.parametrize(("sample_rate", "mels", "n_fft", "hop"), RECIPES)
@pytest.mark.parametrize("seconds", [0.12, 0.7331, 4.03])
def test_equals_the_reference(
    reference: Callable[..., npt.NDArray[np.float64]],
    sample_rate: int,
    mels: int,
    n_fft: int,
    hop: int,
    seconds: float,
) -> None:
    samples = clip(round(seconds * sample_rate), sample_rate)
    frontend = LogMelConfig(mels=mels, n_fft=n_fft, hop_length=hop).build(sample_rate)
    decibels = frontend(torch.from_numpy(samples)[None])[0].double().numpy()

    expected = reference(samples, sample_rate, mels, n_fft, hop)
    assert decibels.shape == expected.shape
    # A single band may differ by 0.002 dB: the float32 FFT depends on the processor.
    floored = 10 * np.log10(np.maximum(expected, POWER_FLOOR))
    np.testing.assert_allclose(decibels, floored, rtol=0, atol=2e-3)
    # Relative to the loudest band of a frame: what is far below it drowns in float32.
    difference = np.abs(10 ** (decibels / 10) - expected)
    assert (difference.max(1) <= 1e-5 * expected.max(1) + POWER_FLOOR).all()


def test_4_03_seconds_at_22050_hz_and_hop_512_are_174_frames() -> None:
    frontend = LogMelConfig(mels=40, n_fft=2048, hop_length=512).build(22_050)
    samples = torch.from_numpy(clip(round(4.03 * 22_050), 22_050))[None]
    assert frontend(samples).shape == (1, 174, 40)
    assert int(frontend.frame_lengths(torch.tensor(samples.shape[1]))) == 174


def test_silence_is_at_the_floor() -> None:
    assert torch.equal(
        LogMelConfig().build(16_000)(torch.zeros(1, 1600)), torch.full((1, 7, 128), -100.0)
    )


def test_doubled_amplitude_adds_six_decibels() -> None:
    frontend = LogMelConfig(mels=20).build(16_000)
    samples = torch.from_numpy(clip(4000, 16_000))[None]
    louder = frontend(2 * samples) - frontend(samples)
    torch.testing.assert_close(louder, torch.full_like(louder, 6.0206), atol=1e-3, rtol=0)


def test_has_no_state_to_save() -> None:
    assert not LogMelConfig().build(16_000).state_dict()


def test_slopes_equal_librosa_and_follow_the_bands(voices: list[Samples]) -> None:
    waveform = torch.from_numpy(voices[0])[None]
    bands = LogMelConfig(mels=40).build(16_000)(waveform)[0]
    frontend = LogMelConfig(mels=40, deltas=2).build(16_000)
    assert frontend.features == 120
    found = frontend(waveform)[0]
    assert torch.equal(found[:, :40], bands)
    slopes, bends = found[:, 40:80].numpy().T, found[:, 80:].numpy().T
    expected = librosa.feature.delta(bands.numpy().T, width=9, order=1, mode="nearest")
    assert np.abs(slopes - expected).max() <= 1e-3
    again = librosa.feature.delta(slopes, width=9, order=1, mode="nearest")
    assert np.abs(bends - again).max() <= 1e-3
