"""Clips of a wanted length, from somewhere in a longer recording.

Lengths and starts are in samples; arrays are ``(sample,)``.
"""

from __future__ import annotations

import numpy as np

from emotion_classifier.audio.waveform import Samples


def crop(samples: Samples, length: int, start: int) -> Samples:
    """A view of at most `length` samples from `start` on; fewer where the clip ends before."""
    return samples[start : start + length]


def centre_start(total: int, length: int) -> int:
    """Where a crop of `length` begins that takes the middle of `total` samples."""
    return max(0, (total - length) // 2)


def random_start(total: int, length: int, generator: np.random.Generator) -> int:
    """Where a crop of `length` begins, every position within `total` samples equally likely."""
    return int(generator.integers(0, max(0, total - length), endpoint=True))
