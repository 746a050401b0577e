from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.audio.augmentation.noise import (
    DrawnNoise,
    GaussianNoiseConfig,
)

RATE = 16000
TONE = (0.5 * np.sin(2 * np.pi * 200 * np.arange(3 * RATE) / RATE)).astype(np.float32)
NOISE = GaussianNoiseConfig(minimum_snr_db=10.0, maximum_snr_db=40.0).build()


@pytest.mark.parametrize("snr_db", [10.0, 25.0, 40.0])
def test_the_noise_is_white_normal_and_at_its_snr(snr_db: float) -> None:
    added = NOISE.apply(TONE, RATE, DrawnNoise(snr_db, seed=3)).astype(float) - TONE
    assert 10 * np.log10(np.mean(TONE.astype(float) ** 2) / np.mean(added**2)) == pytest.approx(
        snr_db, abs=0.01
    )
    power = np.abs(np.fft.rfft(added)) ** 2
    halves = power[: len(power) // 2].mean(), power[len(power) // 2 :].mean()
    assert halves[0] / halves[1] == pytest.approx(1.0, abs=0.05)
    kurtosis = np.mean(added**4) / np.mean(added**2) ** 2
    assert kurtosis == pytest.approx(3.0, abs=0.1)


def test_seeds_give_different_noise() -> None:
    first, second = (NOISE.apply(TONE, RATE, DrawnNoise(10.0, seed)) - TONE for seed in (1, 2))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02


def test_the_draw_fills_its_range() -> None:
    generator = np.random.default_rng(0)
    drawn = [NOISE.draw(len(TONE), RATE, generator) for _ in range(300)]
    distances = [one.snr_db for one in drawn]
    assert min(distances) < 11.0 and max(distances) > 39.0
    assert min(distances) >= 10.0 and max(distances) <= 40.0
    assert len({one.seed for one in drawn}) == 300


def test_silence_stays_silent() -> None:
    silence = np.zeros(RATE, np.float32)
    assert not NOISE.apply(silence, RATE, DrawnNoise(10.0, seed=1)).any()
