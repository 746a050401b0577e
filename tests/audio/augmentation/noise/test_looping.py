from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.audio.augmentation.noise.looping import looped

NOISE = np.random.default_rng(0).standard_normal(1000).astype(np.float32)


def test_it_repeats_with_the_period_of_the_recording_less_its_fade() -> None:
    long = looped(NOISE, 0, 5000, fade=100)
    np.testing.assert_array_equal(long[:4100], long[900:])
    np.testing.assert_array_equal(long[100:900], NOISE[100:900])


def test_the_seam_has_neither_a_click_nor_a_hole() -> None:
    tone = np.sin(2 * np.pi * 3.3 * np.arange(1000) / 1000).astype(np.float32)
    steps = np.abs(np.diff(looped(tone, 0, 5000, fade=100)))
    assert steps.max() < 0.05, "a tone cut off there jumps by 0.95"
    levels = looped(NOISE, 0, 90_000, fade=400).reshape(-1, 600)[:, :400].std(axis=1)
    assert levels.min() > 0.85 and levels.max() < 1.15


@pytest.mark.parametrize("start", [0, 1, 899, 900, 999])
def test_it_begins_where_asked(start: int) -> None:
    whole = looped(NOISE, 0, 3000, fade=100)
    np.testing.assert_array_equal(looped(NOISE, start, 1500, fade=100), whole[start % 900 :][:1500])


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_recording_of_a_few_samples_is_repeated_too(size: int) -> None:
    short = np.ones(size, np.float32)
    answer = looped(short, 0, 50, fade=800)
    assert answer.shape == (50,) and answer.min() >= 1.0
    assert answer.dtype == np.float32
