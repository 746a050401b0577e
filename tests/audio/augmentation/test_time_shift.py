from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.audio.augmentation.position import TimeShiftConfig

RAMP = np.arange(1.0, 9.0, dtype=np.float32)
SHIFT = TimeShiftConfig(minimum_milliseconds=-3000.0, maximum_milliseconds=3000.0).build()


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        (2.0, [0, 0, 1, 2, 3, 4, 5, 6]),
        (-3.0, [4, 5, 6, 7, 8, 0, 0, 0]),
        (0.0, [1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_silence_comes_in_and_nothing_wraps(milliseconds: float, expected: list[float]) -> None:
    np.testing.assert_array_equal(SHIFT.apply(RAMP, 1000, milliseconds), expected)


def test_milliseconds_mean_the_same_at_every_rate() -> None:
    for rate in (8000, 48000):
        click = np.zeros(rate, np.float32)
        click[rate // 2] = 1.0
        assert SHIFT.apply(click, rate, 125.0).argmax() == rate * 5 // 8


def test_half_of_the_clip_stays_at_least() -> None:
    generator = np.random.default_rng(0)
    drawn = [SHIFT.draw(1600, 16000, generator) for _ in range(200)]
    assert (min(drawn), max(drawn)) == (-50.0, 50.0)
    for milliseconds in (min(drawn), max(drawn)):
        assert SHIFT.apply(np.ones(1600, np.float32), 16000, milliseconds).sum() == 800


def test_the_draw_fills_its_range() -> None:
    generator = np.random.default_rng(0)
    shift = TimeShiftConfig(minimum_milliseconds=10.0, maximum_milliseconds=30.0).build()
    drawn = [shift.draw(48000, 16000, generator) for _ in range(200)]
    assert 10.0 <= min(drawn) < 11.0 and 29.0 < max(drawn) <= 30.0
