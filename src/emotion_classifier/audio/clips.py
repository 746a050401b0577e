"""Parts of a waveform: crops, and the part without silence at both ends.

Lengths and starts are in samples; arrays are ``(sample,)``.
"""

from __future__ import annotations

import numpy as np

from emotion_classifier.audio.level import FLOOR_DBFS, frame_levels_dbfs
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Decibels, Hertz, to_samples

FRAME_SECONDS = 0.02
HOP_SECONDS = 0.01
MARGIN_HOPS = 5
"""Silence that is kept on each side, in hops: 50 ms, so that soft onsets are not cut."""


def crop(samples: Samples, length: int, start: int) -> Samples:
    """A view of at most `length` samples from `start` on; fewer where the clip ends before."""
    return samples[start : start + length]


def centre_start(total: int, length: int) -> int:
    """Start of the crop in the middle of `total` samples."""
    return max(0, (total - length) // 2)


def random_start(total: int, length: int, generator: np.random.Generator) -> int:
    """Start of a random crop; every position within `total` samples is equally likely."""
    return int(generator.integers(0, max(0, total - length), endpoint=True))


def trim_silence(samples: Samples, sample_rate: Hertz, below_peak_db: Decibels) -> Samples:
    """The part of ``(sample,)`` between the first and the last frame that are not silent.

    A frame is silent when its level is more than `below_peak_db` below that of the loudest frame.
    The result is a view, and never empty unless the input is: digital silence is returned as it is.
    """
    start, end = sound_bounds(samples, sample_rate, below_peak_db)
    return samples[start:end]


def sound_bounds(samples: Samples, sample_rate: Hertz, below_peak_db: Decibels) -> tuple[int, int]:
    """First sample of the part that `trim_silence` keeps, and the first one behind it."""
    levels = frame_levels_dbfs(
        samples, sample_rate, frame_seconds=FRAME_SECONDS, hop_seconds=HOP_SECONDS
    )
    if len(levels) == 0 or levels.max() <= FLOOR_DBFS:
        return 0, len(samples)
    loud = np.flatnonzero(levels >= levels.max() - below_peak_db)
    # The margin is a whole number of hops, so trimming the result again finds the same frames.
    hop = to_samples(HOP_SECONDS, sample_rate)
    frame = to_samples(FRAME_SECONDS, sample_rate)
    start = max(0, (int(loud[0]) - MARGIN_HOPS) * hop)
    end = (int(loud[-1]) + MARGIN_HOPS) * hop + frame
    return start, min(end, len(samples))
