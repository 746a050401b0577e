"""Levels in dB relative to full scale.

0 dBFS is an amplitude, or an RMS, of 1.0; a full-scale sine has an RMS of -3.01 dBFS. Digital
silence, whose level is minus infinity, and everything below it, is reported as `FLOOR_DBFS`; so is
an empty array.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Decibels, Hertz, Seconds, to_samples

FLOOR_DBFS: Decibels = -120.0
_FLOOR_POWER = 10.0 ** (FLOOR_DBFS / 10.0)


def peak_dbfs(samples: Samples) -> Decibels:
    """Level of the largest absolute sample of an array of any shape."""
    peak = float(np.abs(samples).max(initial=0.0))
    return float(_power_to_db(np.float64(peak) ** 2))


def rms_dbfs(samples: Samples) -> Decibels:
    """Level of the root mean square of an array of any shape."""
    if samples.size == 0:
        return FLOOR_DBFS
    return float(_power_to_db(np.square(samples, dtype=np.float64).mean()))


def frame_levels_dbfs(
    samples: Samples, sample_rate: Hertz, *, frame_seconds: Seconds, hop_seconds: Seconds
) -> npt.NDArray[np.float64]:
    """RMS levels ``(frame,)`` of overlapping frames of ``(sample,)``.

    Frame `k` starts at sample ``k * hop``. Every sample is in a frame: the last frame is cut at the
    end, and its level is the mean over the samples that it holds.
    """
    frame = max(1, to_samples(frame_seconds, sample_rate))
    hop = max(1, to_samples(hop_seconds, sample_rate))
    total = len(samples)
    if total == 0:
        return np.zeros(0)
    starts = np.arange(0, max(total - frame, 0) + hop, hop)
    starts = starts[starts < total]
    ends = np.minimum(starts + frame, total)
    squares = np.zeros(total + 1)  # one more, because `reduceat` takes no end behind the last
    np.square(samples, out=squares[:-1], dtype=np.float64)
    # Sums from each start to its end; those from each end to the next start are dropped.
    sums = np.add.reduceat(squares, np.stack([starts, ends], axis=1).ravel())[::2]
    return _power_to_db(sums / (ends - starts))


def _power_to_db(power: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.asarray(10.0 * np.log10(np.maximum(power, _FLOOR_POWER)))
