"""Mixing of the channels of a device, without channels that have no signal."""

from __future__ import annotations

import numpy as np

from emotion_classifier.inference.live.capture import QueuedAudio
from emotion_classifier.inference.live.chunk_preprocessing import ChunkPreprocessor, LiveChannels


def test_a_channel_without_signal_does_not_halve_the_level() -> None:
    voice = np.random.default_rng(0).normal(0, 0.1, 800).astype(np.float32)
    live = LiveChannels(2)
    np.testing.assert_array_equal(live.mix(np.stack([np.zeros_like(voice), voice])), voice)


def test_channels_in_opposite_phase_do_not_cancel_each_other() -> None:
    voice = np.random.default_rng(0).normal(0, 0.1, 800).astype(np.float32)
    for is_device in (False, True):
        preprocessor = ChunkPreprocessor(16000, 2, is_device=is_device)
        audio = QueuedAudio(np.stack([voice, -voice]), 16000, 0.0, 0.0)
        np.testing.assert_array_equal(preprocessor.process(audio).samples, voice)


def test_a_channel_is_included_from_its_first_signal() -> None:
    live = LiveChannels(2)
    loud, silent = np.full(10, 0.5, np.float32), np.zeros(10, np.float32)
    assert live.mix(np.stack([silent, silent])).tolist() == [0.0] * 10
    live.mix(np.stack([loud, silent]))
    np.testing.assert_allclose(live.mix(np.stack([loud, 0.5 * loud])), 0.375)
    np.testing.assert_allclose(
        live.mix(np.stack([loud, silent])), 0.25
    )  # a pause does not exclude a channel
