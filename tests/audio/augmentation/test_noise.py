from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.audio.augmentation.noise import (
    DrawnNoise,
    GaussianNoiseConfig,
    rms,
    with_noise,
)

RATE = 16000
TONE = (0.5 * np.sin(2 * np.pi * 200 * np.arange(3 * RATE) / RATE)).astype(np.float32)
WHITE_NOISE = GaussianNoiseConfig(minimum_snr_db=10.0, maximum_snr_db=40.0).build()


@pytest.mark.parametrize("snr_db", [10.0, 25.0, 40.0])
def test_the_noise_is_white_normal_and_at_its_snr(snr_db: float) -> None:
    added = WHITE_NOISE.apply(TONE, RATE, DrawnNoise(snr_db, seed=3)).astype(float) - TONE
    assert 10 * np.log10(np.mean(TONE.astype(float) ** 2) / np.mean(added**2)) == pytest.approx(
        snr_db, abs=0.01
    )
    power = np.abs(np.fft.rfft(added)) ** 2
    halves = power[: len(power) // 2].mean(), power[len(power) // 2 :].mean()
    assert halves[0] / halves[1] == pytest.approx(1.0, abs=0.05)
    kurtosis = np.mean(added**4) / np.mean(added**2) ** 2
    assert kurtosis == pytest.approx(3.0, abs=0.1)


def test_seeds_give_different_noise() -> None:
    first, second = (
        WHITE_NOISE.apply(TONE, RATE, DrawnNoise(10.0, seed)) - TONE for seed in (1, 2)
    )
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02


def test_the_draw_fills_its_range() -> None:
    generator = np.random.default_rng(0)
    drawn = [WHITE_NOISE.draw(len(TONE), RATE, generator) for _ in range(300)]
    distances = [one.snr_db for one in drawn]
    assert min(distances) < 11.0 and max(distances) > 39.0
    assert min(distances) >= 10.0 and max(distances) <= 40.0
    assert len({one.seed for one in drawn}) == 300


def test_silence_stays_silent() -> None:
    silence = np.zeros(RATE, np.float32)
    assert not WHITE_NOISE.apply(silence, RATE, DrawnNoise(10.0, seed=1)).any()


GENERATOR = np.random.default_rng(0)
CLIP = (0.1 * GENERATOR.standard_normal(16000)).astype(np.float32)
SNR_NOISE = GENERATOR.uniform(-0.5, 0.5, 16000).astype(np.float32)


def test_rms_of_a_square_wave_is_its_amplitude() -> None:
    assert rms(np.tile([0.25, -0.25], 100).astype(np.float32)) == 0.25


@pytest.mark.parametrize("snr_db", [-20.0, 0.0, 5.0, 60.0])
def test_the_noise_has_the_drawn_snr(snr_db: float) -> None:
    added = with_noise(CLIP, SNR_NOISE, snr_db).astype(float) - CLIP
    measured = 20 * np.log10(np.std(CLIP) / np.sqrt(np.mean(added**2)))
    assert measured == pytest.approx(snr_db, abs=0.01)
    assert np.corrcoef(added, SNR_NOISE)[0, 1] > 0.999


def test_silence_has_no_ratio() -> None:
    silence = np.zeros_like(CLIP)
    np.testing.assert_array_equal(with_noise(silence, SNR_NOISE, 5.0), silence)
    np.testing.assert_array_equal(with_noise(CLIP, silence, 5.0), CLIP)


def test_noise_that_is_almost_silent_stays_finite() -> None:
    assert np.isfinite(with_noise(CLIP, SNR_NOISE * np.float32(1e-18), -20.0)).all()
