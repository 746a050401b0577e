from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.audio.resampling import StreamResampler, resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import to_samples, to_seconds

RATES = (8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000)


def tone(hertz: float, rate: int, seconds: float = 1.0) -> Samples:
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate).astype(np.float32)


@pytest.mark.parametrize("source", RATES)
@pytest.mark.parametrize("target", [8000, 16000, 22050, 48000])
def test_a_tone_is_the_same_tone_at_the_new_rate(source: int, target: int) -> None:
    result = resample(tone(1000.0, source), source, target)
    expected = tone(1000.0, target)
    assert result.dtype == np.float32
    assert result.shape == expected.shape
    inside = slice(target // 20, -target // 20)
    np.testing.assert_allclose(result[inside], expected[inside], atol=1e-3)


def test_frequencies_above_the_new_nyquist_are_removed() -> None:
    assert np.abs(resample(tone(10000.0, 48000), 48000, 16000)[800:-800]).max() < 1e-4


def test_an_equal_rate_returns_the_input() -> None:
    samples = tone(100.0, 16000)
    assert resample(samples, 16000, 16000) is samples


@settings(deadline=None)
@given(total=st.integers(0, 3000), source=st.sampled_from(RATES), target=st.sampled_from(RATES))
def test_the_length_follows_the_one_rounding_rule(total: int, source: int, target: int) -> None:
    result = resample(np.full(total, 0.5, np.float32), source, target)
    assert result.shape == (to_samples(to_seconds(total, source), target),)
    assert np.isfinite(result).all()


def test_leading_axes_are_kept_and_do_not_mix() -> None:
    samples = np.random.default_rng(0).standard_normal((2, 3, 4410)).astype(np.float32)
    result = resample(samples, 44100, 16000)
    assert result.shape == (2, 3, 1600)
    np.testing.assert_allclose(result[1, 2], resample(samples[1, 2], 44100, 16000), atol=1e-6)


@settings(deadline=None, max_examples=20)
@given(
    cuts=st.lists(st.integers(0, 20_000), max_size=6),
    total=st.integers(0, 20_000),
    source=st.sampled_from(RATES),
    target=st.sampled_from(RATES),
)
def test_pieces_of_a_stream_join_to_the_whole(
    cuts: list[int], total: int, source: int, target: int
) -> None:
    samples = np.random.default_rng(total).normal(0.0, 0.1, total).astype(np.float32)
    stream = StreamResampler(source, target)
    parts = [stream.feed(part) for part in np.split(samples, sorted(min(c, total) for c in cuts))]
    joined = np.concatenate([*parts, stream.flush()])
    np.testing.assert_allclose(joined, resample(samples, source, target), atol=1e-6)
