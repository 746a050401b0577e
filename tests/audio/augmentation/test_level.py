from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from tests.audio.augmentation.signals import RATE, tone

from emotion_classifier.audio.augmentation.level import Clipping, ClippingConfig, PolarityConfig


@pytest.mark.parametrize("amplitude", [0.01, 0.5, 1.0])
def test_the_limit_is_relative_to_the_peak(amplitude: float) -> None:
    clip = tone(200.0, amplitude=amplitude)
    result = Clipping(6.0, 6.0).apply(clip, RATE, 20 * np.log10(2))
    limit = np.abs(clip).max() / 2
    assert np.abs(result).max() == pytest.approx(limit, rel=1e-6)
    below = np.abs(clip) <= limit
    np.testing.assert_array_equal(result[below], clip[below])
    # A sine is above half its amplitude for two thirds of the time.
    assert (~below).mean() == pytest.approx(2 / 3, abs=0.01)
    np.testing.assert_array_equal(np.sign(result[~below]), np.sign(clip[~below]))


def test_a_word_in_digital_silence_stays_audible() -> None:
    clip = np.zeros(RATE, np.float32)
    clip[:200] = tone(200.0)[:200]
    result = Clipping(1.0, 12.0).apply(clip, RATE, 12.0)
    assert np.abs(result).max() == pytest.approx(np.abs(clip).max() * 10**-0.6, rel=1e-5)


def test_a_distance_of_zero_clips_nothing() -> None:
    np.testing.assert_array_equal(Clipping(0.0, 0.0).apply(tone(200.0), RATE, 0.0), tone(200.0))


def test_drawn_distances_fill_the_range() -> None:
    generator = np.random.default_rng(0)
    drawn = [Clipping(2.0, 9.0).draw(100, RATE, generator) for _ in range(300)]
    assert min(drawn) == pytest.approx(2.0, abs=0.1)
    assert max(drawn) == pytest.approx(9.0, abs=0.1)


def test_the_wrong_order_is_an_error() -> None:
    with pytest.raises(ValidationError, match=r"minimum_db .9. is above maximum_db .3."):
        ClippingConfig(minimum_db=9.0, maximum_db=3.0)


@pytest.mark.parametrize("decibels", [-1.0, 41.0, float("inf"), float("nan")])
def test_values_out_of_range_are_errors(decibels: float) -> None:
    with pytest.raises(ValidationError, match="maximum_db"):
        ClippingConfig(maximum_db=decibels)


def test_every_sample_changes_its_sign() -> None:
    polarity = PolarityConfig().build()
    samples = np.array([0.5, 0.0, -1.0], np.float32)
    np.testing.assert_array_equal(polarity.apply(samples, 16000, None), [-0.5, 0.0, 1.0])
