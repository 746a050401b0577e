from __future__ import annotations

import numpy as np

from emotion_classifier.audio.waveform import (
    Waveform,
    are_sound,
    silence_what_is_no_sound,
)


def test_duration_is_that_of_one_channel() -> None:
    assert Waveform(np.zeros((2, 8000), np.float32), 16000).duration_seconds == 0.5


def test_mono_is_the_mean_of_the_channels() -> None:
    samples = np.array([[1.0, 0.5], [0.0, -0.5], [0.5, 0.75]], np.float32)
    mono = Waveform(samples, 16000).mono()
    assert mono.dtype == np.float32
    np.testing.assert_allclose(mono, [0.5, 0.25])


def test_mono_of_equal_channels_is_one_of_them_exactly() -> None:
    channel = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    for count in range(1, 9):
        mono = Waveform(np.tile(channel, (count, 1)), 16000).mono()
        np.testing.assert_array_equal(mono, channel)


def test_what_cannot_be_reckoned_with_is_no_sound() -> None:
    samples = np.array([[0.0, -1.5, 2.0**31], [np.nan, -np.inf, 3e10]], np.float32)
    np.testing.assert_array_equal(are_sound(samples), [[True] * 3, [False] * 3])


def test_what_is_no_sound_is_silenced_in_a_copy_and_counted() -> None:
    samples = np.array([[0.5, np.nan], [-np.inf, 2.0**31]], np.float32)
    before = samples.copy()
    sound, count = silence_what_is_no_sound(samples)
    assert sound.dtype == np.float32
    assert count == 2
    np.testing.assert_array_equal(sound, [[0.5, 0.0], [0.0, 2.0**31]])
    sound[:] = 1.0
    np.testing.assert_array_equal(samples, before)
