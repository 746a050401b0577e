from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.audio.clips import (
    FRAME_SECONDS,
    HOP_SECONDS,
    MARGIN_HOPS,
    centre_start,
    crop,
    random_start,
    trim_silence,
)
from emotion_classifier.audio.waveform import Samples

RAMP = np.arange(10, dtype=np.float32)


def test_crop_is_a_view() -> None:
    part = crop(RAMP, 4, 3)
    np.testing.assert_array_equal(part, [3, 4, 5, 6])
    assert np.shares_memory(part, RAMP)


def test_crop_of_a_short_clip_is_shorter() -> None:
    np.testing.assert_array_equal(crop(RAMP, 20, 0), RAMP)
    np.testing.assert_array_equal(crop(RAMP, 4, 8), [8, 9])


def test_centre() -> None:
    assert centre_start(10, 4) == 3
    assert centre_start(10, 5) == 2
    assert centre_start(4, 10) == 0


@settings(deadline=None)
@given(total=st.integers(0, 100), length=st.integers(0, 100), seed=st.integers(0, 5))
def test_a_random_crop_is_within_the_clip(total: int, length: int, seed: int) -> None:
    start = random_start(total, length, np.random.default_rng(seed))
    assert 0 <= start <= max(0, total - length)
    assert start == random_start(total, length, np.random.default_rng(seed))


def test_every_random_start_occurs() -> None:
    generator = np.random.default_rng(0)
    assert {random_start(10, 7, generator) for _ in range(100)} == {0, 1, 2, 3}


RATE = 16000
MARGIN_SECONDS = MARGIN_HOPS * HOP_SECONDS


def tone(seconds: float, gain_db: float = -6.0) -> Samples:
    seconds_axis = np.arange(round(seconds * RATE)) / RATE
    return (10 ** (gain_db / 20) * np.sin(2 * np.pi * 220 * seconds_axis)).astype(np.float32)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def offset_of(part: Samples, whole: Samples) -> int:
    """First sample of a view in its array."""
    return (part.__array_interface__["data"][0] - whole.__array_interface__["data"][0]) // 4  # type: ignore[no-any-return]


def test_silence_at_both_ends_is_removed_except_the_margin() -> None:
    samples = np.concatenate([silence(1.0), tone(1.0), silence(0.7)])
    result = trim_silence(samples, RATE, 40.0)
    start = offset_of(result, samples) / RATE
    end = start + len(result) / RATE
    assert 1.0 - start == pytest.approx(MARGIN_SECONDS, abs=FRAME_SECONDS)
    assert end - 2.0 == pytest.approx(MARGIN_SECONDS, abs=FRAME_SECONDS)


def test_silence_inside_stays() -> None:
    samples = np.concatenate([tone(0.5), silence(1.0), tone(0.5)])
    assert len(trim_silence(samples, RATE, 40.0)) == len(samples)


def test_silence_is_relative_to_the_loudest_frame() -> None:
    samples = np.concatenate([tone(1.0, -50.0), tone(1.0, -10.0)])
    assert len(trim_silence(samples, RATE, 45.0)) == len(samples)
    assert len(trim_silence(samples, RATE, 35.0)) < 1.1 * RATE


@pytest.mark.parametrize("samples", [silence(1.0), silence(0.0)])
def test_digital_silence_and_nothing_are_returned_as_they_are(samples: Samples) -> None:
    assert trim_silence(samples, RATE, 40.0).shape == samples.shape


@settings(deadline=None)
@given(
    gains_db=st.lists(st.sampled_from([-200.0, -80.0, -45.0, -20.0, 0.0]), min_size=1, max_size=12),
    lengths=st.lists(st.integers(1, 2000), min_size=12, max_size=12),
    below_peak_db=st.sampled_from([0.0, 20.0, 40.0, 60.0]),
    rate=st.sampled_from([8000, 16000, 22050, 48000]),
    seed=st.integers(0, 9),
)
def test_the_result_is_a_slice_that_holds_the_loudest_frame_and_trims_to_itself(
    gains_db: list[float], lengths: list[int], below_peak_db: float, rate: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    samples = np.concatenate(
        [
            (10 ** (gain_db / 20) * generator.standard_normal(length)).astype(np.float32)
            for gain_db, length in zip(gains_db, lengths, strict=False)
        ]
    )
    result = trim_silence(samples, rate, below_peak_db)
    start = offset_of(result, samples)
    assert 0 < len(result) <= len(samples)
    np.testing.assert_array_equal(result, samples[start : start + len(result)])
    frame = round(FRAME_SECONDS * rate)
    again = trim_silence(result, rate, below_peak_db)
    assert len(result) - len(again) <= frame


def test_five_seconds_take_less_than_a_millisecond() -> None:
    samples = np.concatenate([silence(1.0), tone(3.0), silence(1.0)])
    times = []
    for _ in range(20):
        start = time.perf_counter()
        trim_silence(samples, RATE, 40.0)
        times.append(time.perf_counter() - start)
    assert min(times) < 1e-3
