from __future__ import annotations

import numpy as np

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.streaming.ring_buffer import RecentSamples


def counted(start: int, end: int) -> Samples:
    return np.arange(start, end, dtype=np.float32)


def test_samples_are_found_by_their_position() -> None:
    recent = RecentSamples()
    for start, end in [(0, 5), (5, 5), (5, 6), (6, 20)]:
        recent.append(counted(start, end))
    assert recent.received == 20
    np.testing.assert_array_equal(recent.between(3, 9), counted(3, 9))
    np.testing.assert_array_equal(recent.between(0, 20), counted(0, 20))
    assert recent.between(7, 7).shape == (0,)


def test_what_is_forgotten_counts_but_is_not_kept() -> None:
    recent = RecentSamples()
    for start in range(0, 100, 10):
        recent.append(counted(start, start + 10))
        recent.forget(start - 15)
    assert (recent.start, recent.received) == (70, 100)
    np.testing.assert_array_equal(recent.between(75, 100), counted(75, 100))
    recent.forget(100)
    assert (recent.start, recent.received) == (100, 100)
