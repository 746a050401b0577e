from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.audio.augmentation.snr import rms, with_noise

GENERATOR = np.random.default_rng(0)
CLIP = (0.1 * GENERATOR.standard_normal(16000)).astype(np.float32)
NOISE = GENERATOR.uniform(-0.5, 0.5, 16000).astype(np.float32)


def test_rms_of_a_square_wave_is_its_amplitude() -> None:
    assert rms(np.tile([0.25, -0.25], 100).astype(np.float32)) == 0.25


@pytest.mark.parametrize("snr_db", [-20.0, 0.0, 5.0, 60.0])
def test_the_noise_has_the_drawn_snr(snr_db: float) -> None:
    added = with_noise(CLIP, NOISE, snr_db).astype(float) - CLIP
    measured = 20 * np.log10(np.std(CLIP) / np.sqrt(np.mean(added**2)))
    assert measured == pytest.approx(snr_db, abs=0.01)
    assert np.corrcoef(added, NOISE)[0, 1] > 0.999


def test_silence_has_no_ratio() -> None:
    silence = np.zeros_like(CLIP)
    np.testing.assert_array_equal(with_noise(silence, NOISE, 5.0), silence)
    np.testing.assert_array_equal(with_noise(CLIP, silence, 5.0), CLIP)


def test_noise_that_is_almost_silent_stays_finite() -> None:
    assert np.isfinite(with_noise(CLIP, NOISE * np.float32(1e-18), -20.0)).all()
