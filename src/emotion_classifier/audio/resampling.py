"""Change of sample rate: the one door to soxr."""

from __future__ import annotations

import numpy as np
import soxr

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz, to_samples, to_seconds


def resample(samples: Samples, source_rate: Hertz, target_rate: Hertz) -> Samples:
    """The same sound at another rate, ``(..., sample)`` float32.

    The result has ``units.to_samples(duration, target_rate)`` samples; equal rates give the input
    itself. Quality: soxr's HQ (linear phase, 20 bits).
    """
    if source_rate == target_rate:
        return samples
    *leading, total = samples.shape
    length = to_samples(to_seconds(total, source_rate), target_rate)
    if total == 0 or length == 0:
        return np.zeros((*leading, length), dtype=np.float32)
    frames = samples.reshape(-1, total).T.astype(np.float32, copy=False)
    raw = soxr.resample(frames, source_rate, target_rate, quality="HQ")
    result = np.zeros((raw.shape[1], length), dtype=np.float32)
    count = min(length, len(raw))  # soxr's own length differs from the rule by at most one sample
    result[:, :count] = raw[:count].T
    return result.reshape(*leading, length)
