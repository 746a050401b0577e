from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from tests.audio.augmentation.signals import RATE, strongest_hertz, tone

from emotion_classifier.audio.augmentation.speed import Speed, SpeedConfig


@pytest.mark.parametrize("factor", [0.5, 0.913, 1.1, 2.0])
def test_pitch_and_tempo_change_together(factor: float) -> None:
    clip = tone(200.0)
    result = Speed(0.5, 2.0).apply(clip, RATE, factor)
    assert strongest_hertz(result) == pytest.approx(200.0 * factor, abs=0.3)
    assert len(result) == pytest.approx(len(clip) / factor, rel=1e-4)
    assert np.abs(result[800:-800]).max() == pytest.approx(0.5, abs=0.01)


def test_the_same_speed_returns_a_copy() -> None:
    clip = tone(200.0)
    result = Speed(1.0, 1.0).apply(clip, RATE, 1.0)
    np.testing.assert_array_equal(result, clip)
    assert not np.shares_memory(result, clip)


def test_drawn_factors_fill_the_range() -> None:
    generator = np.random.default_rng(0)
    drawn = [Speed(0.8, 1.2).draw(100, RATE, generator) for _ in range(300)]
    assert min(drawn) == pytest.approx(0.8, abs=0.01)
    assert max(drawn) == pytest.approx(1.2, abs=0.01)


def test_the_wrong_order_is_an_error() -> None:
    with pytest.raises(ValidationError, match=r"minimum_factor .1\.5. is above maximum_factor"):
        SpeedConfig(minimum_factor=1.5, maximum_factor=1.2)


@pytest.mark.parametrize("factor", [0.0, -1.0, 2.1, float("inf"), float("nan")])
def test_values_out_of_range_are_errors(factor: float) -> None:
    with pytest.raises(ValidationError, match="maximum_factor"):
        SpeedConfig(maximum_factor=factor)
