from __future__ import annotations

import numpy as np
import pytest
from tests.audio.augmentation.signals import (
    bursts,
    delay_samples,
    power_between,
    tone,
    white_noise,
)

from emotion_classifier.audio.augmentation.telephone import TelephoneConfig, mu_law
from emotion_classifier.audio.waveform import Samples


def heard(samples: Samples, rate: int = 16_000) -> Samples:
    return TelephoneConfig().build().apply(samples, rate, None)


@pytest.mark.parametrize("rate", [16_000, 22_050, 48_000])
def test_only_the_band_of_a_telephone_is_left(rate: int) -> None:
    clip = white_noise(rate=rate)
    result = heard(clip, rate)
    passed = power_between(result, 350.0, 3350.0, rate)
    assert passed == pytest.approx(power_between(clip, 350.0, 3350.0, rate), rel=0.02)
    # The companding adds noise at -38 dB within the 4 kHz of the line; above them, there is none.
    assert power_between(result, 3600.0, 4000.0, rate) < 1e-4 * passed
    assert power_between(result, 0.0, 180.0, rate) < 1e-4 * passed
    assert power_between(result, 4200.0, rate / 2, rate) < 1e-6 * passed


def test_a_rate_of_the_line_itself() -> None:
    clip = tone(1000.0, rate=8000)
    np.testing.assert_allclose(heard(clip, 8000)[800:-800], clip[800:-800], atol=0.02)


@pytest.mark.parametrize("total", [0, 1, 7, 4001])
def test_length_and_silence_stay(total: int) -> None:
    result = heard(np.zeros(total, np.float32), 22_050)
    np.testing.assert_array_equal(result, np.zeros(total, np.float32))
    assert result.dtype == np.float32


def test_nothing_is_delayed() -> None:
    assert delay_samples(heard(bursts()), bursts()) == 0


def test_mu_law_is_finest_at_low_levels() -> None:
    samples = np.linspace(-1.0, 1.0, 100_001, dtype=np.float32)
    result = mu_law(samples)
    assert len(np.unique(np.abs(result))) == 128
    # Half a step of 1/127 on the compressed scale, whose slope is ln(256) (1 + 255 |x|) / 255.
    half_step = np.log(256) * (1 + 255 * np.abs(samples)) / 255 / 127 / 2
    assert (np.abs(result - samples) <= 1.03 * half_step).all()
    assert np.abs(result - samples).max() > 0.9 * half_step.max()


def test_mu_law_clips_above_full_scale() -> None:
    beyond = np.array([-3.0, 1.5, 0.0], np.float32)
    np.testing.assert_allclose(mu_law(beyond), [-1.0, 1.0, 0.0])
