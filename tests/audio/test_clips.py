from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.audio.clips import centre_start, crop, random_start

RAMP = np.arange(10, dtype=np.float32)


def test_crop_is_a_view() -> None:
    part = crop(RAMP, 4, 3)
    np.testing.assert_array_equal(part, [3, 4, 5, 6])
    assert np.shares_memory(part, RAMP)


def test_crop_of_a_short_clip_is_what_is_there() -> None:
    np.testing.assert_array_equal(crop(RAMP, 20, 0), RAMP)
    np.testing.assert_array_equal(crop(RAMP, 4, 8), [8, 9])


def test_centre() -> None:
    assert centre_start(10, 4) == 3
    assert centre_start(10, 5) == 2
    assert centre_start(4, 10) == 0


@settings(deadline=None)
@given(total=st.integers(0, 100), length=st.integers(0, 100), seed=st.integers(0, 5))
def test_a_random_crop_lies_within_the_clip(total: int, length: int, seed: int) -> None:
    start = random_start(total, length, np.random.default_rng(seed))
    assert 0 <= start <= max(0, total - length)
    assert start == random_start(total, length, np.random.default_rng(seed))


def test_every_random_start_occurs() -> None:
    generator = np.random.default_rng(0)
    assert {random_start(10, 7, generator) for _ in range(100)} == {0, 1, 2, 3}
