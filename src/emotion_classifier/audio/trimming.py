"""Removal of silence at both ends of a clip."""

from __future__ import annotations

import numpy as np

from emotion_classifier.audio.level import FLOOR_DBFS, frame_levels_dbfs
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Decibels, Hertz, to_samples

FRAME_SECONDS = 0.02
HOP_SECONDS = 0.01
MARGIN_HOPS = 5
"""What stays of the silence on each side, in hops: 50 ms, so that soft onsets are not cut."""


def trim_silence(samples: Samples, sample_rate: Hertz, below_peak_db: Decibels) -> Samples:
    """The part of ``(sample,)`` between the first and the last frame that are not silent.

    A frame is silent when its level is more than `below_peak_db` below that of the loudest frame.
    The result is a view, and never empty unless the input is: digital silence is returned as it is.
    """
    levels = frame_levels_dbfs(
        samples, sample_rate, frame_seconds=FRAME_SECONDS, hop_seconds=HOP_SECONDS
    )
    if len(levels) == 0 or levels.max() <= FLOOR_DBFS:
        return samples
    loud = np.flatnonzero(levels >= levels.max() - below_peak_db)
    # The margin is a whole number of hops, so trimming the result again finds the same frames.
    hop = to_samples(HOP_SECONDS, sample_rate)
    frame = to_samples(FRAME_SECONDS, sample_rate)
    start = max(0, (int(loud[0]) - MARGIN_HOPS) * hop)
    end = (int(loud[-1]) + MARGIN_HOPS) * hop + frame
    return samples[start:end]
