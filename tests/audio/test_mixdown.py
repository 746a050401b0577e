from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.audio.mixdown import Mixdown
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform import Samples, Waveform

RATE = 16000


def noise(seed: int, level: float = 0.1) -> Samples:
    return (level * np.random.default_rng(seed).standard_normal(RATE)).astype(np.float32)


VOICE = noise(0)
CANCELLED = {
    "exactly": [VOICE, -VOICE],
    "with noise": [VOICE + noise(1, 0.01), -VOICE + noise(2, 0.01)],
    "weaker": [VOICE, -0.8 * VOICE],
    "four channels": [noise(1, 1e-4), VOICE, -0.9 * VOICE, noise(2, 1e-4)],
    "after silence": [np.r_[0 * VOICE, VOICE], -np.r_[0 * VOICE, VOICE]],
}
MIXED = {
    "equal": [VOICE, VOICE],
    "independent": [VOICE, noise(1)],
    "one of eight": [VOICE, *7 * [0 * VOICE]],
    "silent": [0 * VOICE, 0 * VOICE],
    "opposite dither before a voice": [
        np.r_[noise(1, 1e-4), VOICE], np.r_[-noise(1, 1e-4), VOICE]
    ],
}  # fmt: skip


@pytest.mark.parametrize("channels", CANCELLED.values(), ids=CANCELLED)
def test_the_strongest_channel_replaces_a_mean_that_is_cancelled(channels: list[Samples]) -> None:
    samples = np.stack(channels)
    mixdown = Mixdown()
    mono = mixdown.mix(samples)
    assert mixdown.warning
    errors = [np.abs(mono - channel)[20:].max() for channel in channels]
    assert min(errors) == 0.0
    levels = [np.square(channel).sum() for channel in channels]
    assert levels[int(np.argmin(errors))] > 0.9 * max(levels)


@pytest.mark.parametrize("channels", MIXED.values(), ids=MIXED)
def test_other_channels_are_averaged(channels: list[Samples]) -> None:
    samples = np.stack(channels)
    mixdown = Mixdown()
    mono = mixdown.mix(samples)
    assert mixdown.warning is None
    np.testing.assert_allclose(mono, samples.mean(axis=0), atol=1e-3)


@pytest.mark.parametrize("channels", [*CANCELLED.values(), *MIXED.values()])
@pytest.mark.parametrize("blocks", [2, 7, 500])
def test_blocks_make_the_same_result(channels: list[Samples], blocks: int) -> None:
    samples = np.stack(channels)
    whole, parts = Mixdown(), Mixdown()
    expected = whole.mix(samples)
    found = np.concatenate([parts.mix(part) for part in np.array_split(samples, blocks, axis=1)])
    np.testing.assert_array_equal(found, expected)
    assert parts.warning == whole.warning


def test_a_single_channel_is_not_copied() -> None:
    assert np.shares_memory(Mixdown().mix(VOICE[np.newaxis]), VOICE)


def test_preparation_keeps_the_voice() -> None:
    waveform = Waveform(np.stack([VOICE, -VOICE]), RATE)
    np.testing.assert_array_equal(Preparation(RATE).apply(waveform), waveform.mono())
    assert np.abs(waveform.mono()).max() == np.abs(VOICE).max()
