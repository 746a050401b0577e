from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.audio.augmentation.signals import RATE, bursts, delay_samples, tone, white_noise

from emotion_classifier.audio.augmentation.filtering import (
    convolved,
    fast_length,
    shape_spectrum,
)

GENERATOR = np.random.default_rng(0)


@pytest.mark.parametrize("samples", [1, 100, 8192, 8193, 20_000])
@pytest.mark.parametrize(
    ("response", "start"),
    [(1, 0), (900, 0), (900, 80), (8192, 8191), (40_000, 0), (40_000, 9_000), (40_000, 39_999)],
)
def test_it_is_the_convolution(samples: int, response: int, start: int) -> None:
    clip = GENERATOR.standard_normal(samples).astype(np.float32)
    impulses = GENERATOR.standard_normal(response).astype(np.float32)
    whole = np.convolve(clip.astype(float), impulses.astype(float))
    expected = np.zeros(samples)
    expected[: len(whole) - start] = whole[start : start + samples]
    found = convolved(clip, impulses, start)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(whole).max() + 1e-9)


def test_silence_stays_exactly_silent() -> None:
    silence = np.zeros(20_000, np.float32)
    assert not convolved(silence, np.ones(9000, np.float32), 100).any()


HERTZ = np.array([100.0, 1000.0, 4000.0])
GAINS = np.array([0.5, 2.0, 0.1])


@pytest.mark.parametrize(
    ("hertz", "gain"), [(60.0, 0.5), (550.0, 1.25), (1000.0, 2.0), (2500.0, 1.05), (6000.0, 0.1)]
)
def test_a_tone_has_the_gain_of_its_frequency(hertz: float, gain: float) -> None:
    clip = tone(hertz)
    result = shape_spectrum(clip, RATE, HERTZ, GAINS)
    inside = slice(1600, -1600)
    np.testing.assert_allclose(result[inside], gain * clip[inside], atol=0.005)


@settings(deadline=None)
@given(total=st.integers(0, 3000))
def test_no_gain_changes_nothing_at_any_length(total: int) -> None:
    clip = white_noise()[:total]
    result = shape_spectrum(clip, RATE, HERTZ, np.ones(3))
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, clip, atol=1e-6)


def test_nothing_is_delayed() -> None:
    assert delay_samples(shape_spectrum(bursts(), RATE, HERTZ, GAINS), bursts()) == 0


def test_the_end_of_a_clip_does_not_ring_into_its_start() -> None:
    clip = np.zeros(RATE, np.float32)
    clip[-800:] = white_noise(0.05)
    result = shape_spectrum(clip, RATE, np.array([200.0, 300.0]), np.array([0.0, 1.0]))
    assert np.abs(result[: RATE // 2]).max() < 1e-3


@pytest.mark.parametrize("minimum", [1, 2, 3, 7, 8, 9, 1023, 1025, 96_000, 100_001])
def test_fast_lengths_are_long_enough_and_hardly_longer(minimum: int) -> None:
    length = fast_length(minimum)
    assert minimum <= length <= 1.25 * minimum
    for factor in (2, 3, 5, 7):
        while length % factor == 0:
            length //= factor
    assert length == 1
