from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.audio.augmentation.channel.convolution import convolved

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
