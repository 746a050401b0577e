from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.audio.augmentation.crop import CropConfig, Section

RAMP = np.arange(100, dtype=np.float32)


def test_a_stretch_is_kept_as_it_is() -> None:
    kept = CropConfig().build().apply(RAMP, 1000, Section(start=20, length=3))
    np.testing.assert_array_equal(kept, [20, 21, 22])


@settings(deadline=None)
@given(count=st.integers(1, 10_000), share=st.floats(0.01, 1.0), seed=st.integers(0, 99))
def test_the_stretch_is_within_the_clip_and_long_enough(
    count: int, share: float, seed: int
) -> None:
    crop = CropConfig(minimum_share=share).build()
    start, length = crop.draw(count, 16000, np.random.default_rng(seed))
    assert start >= 0 and start + length <= count
    assert length >= max(1, share * count - 1)


def test_both_ends_are_reached() -> None:
    generator = np.random.default_rng(0)
    crop = CropConfig(minimum_share=0.5).build()
    drawn = [crop.draw(100, 16000, generator) for _ in range(500)]
    assert min(one.start for one in drawn) == 0
    assert max(one.start + one.length for one in drawn) == 100
    assert {one.length for one in drawn} == set(range(50, 101))
