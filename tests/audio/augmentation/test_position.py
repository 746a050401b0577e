from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.audio.augmentation.position import (
    CropConfig,
    PaddingConfig,
    Section,
    Silence,
    TimeShiftConfig,
)

CROP_RAMP = np.arange(100, dtype=np.float32)


def test_a_section_is_kept_unchanged() -> None:
    kept = CropConfig().build().apply(CROP_RAMP, 1000, Section(start=20, length=3))
    np.testing.assert_array_equal(kept, [20, 21, 22])


@settings(deadline=None)
@given(count=st.integers(1, 10_000), share=st.floats(0.01, 1.0), seed=st.integers(0, 99))
def test_the_section_is_within_the_clip_and_long_enough(
    count: int, share: float, seed: int
) -> None:
    crop = CropConfig(minimum_share=share).build()
    start, length = crop.draw(count, 16000, np.random.default_rng(seed))
    assert start >= 0 and start + length <= count
    assert length >= max(1, share * count - 1)


def test_crops_reach_both_ends() -> None:
    generator = np.random.default_rng(0)
    crop = CropConfig(minimum_share=0.5).build()
    drawn = [crop.draw(100, 16000, generator) for _ in range(500)]
    assert min(one.start for one in drawn) == 0
    assert max(one.start + one.length for one in drawn) == 100
    assert {one.length for one in drawn} == set(range(50, 101))


CLIP = np.array([0.5, -0.5, 0.25], np.float32)


def test_silence_is_on_both_sides() -> None:
    padded = PaddingConfig().build().apply(CLIP, 1000, Silence(0.002, 0.004))
    np.testing.assert_array_equal(padded, [0, 0, 0.5, -0.5, 0.25, 0, 0, 0, 0])


def test_the_sides_are_drawn_apart_up_to_the_maximum() -> None:
    generator = np.random.default_rng(0)
    padding = PaddingConfig(maximum_seconds=0.5).build()
    drawn = np.array([padding.draw(3, 16000, generator) for _ in range(300)])
    assert drawn.min() >= 0.0 and drawn.max() <= 0.5
    assert drawn.min() < 0.01 and drawn.max() > 0.49
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.2


TIME_SHIFT_RAMP = np.arange(1.0, 9.0, dtype=np.float32)
SHIFT = TimeShiftConfig(minimum_milliseconds=-3000.0, maximum_milliseconds=3000.0).build()


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        (2.0, [0, 0, 1, 2, 3, 4, 5, 6]),
        (-3.0, [4, 5, 6, 7, 8, 0, 0, 0]),
        (0.0, [1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_the_shift_fills_with_silence_and_does_not_wrap(
    milliseconds: float, expected: list[float]
) -> None:
    np.testing.assert_array_equal(SHIFT.apply(TIME_SHIFT_RAMP, 1000, milliseconds), expected)


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
