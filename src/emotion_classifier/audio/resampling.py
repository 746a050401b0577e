"""Change of the sample rate: the one door to soxr."""

from __future__ import annotations

import numpy as np
import soxr

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz, to_samples, to_seconds

_QUALITY = "HQ"  # linear phase, 20 bits


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
    raw = soxr.resample(frames, source_rate, target_rate, quality=_QUALITY)
    result = np.zeros((raw.shape[1], length), dtype=np.float32)
    count = min(length, len(raw))  # soxr's own length differs from the rule by at most one sample
    result[:, :count] = raw[:count].T
    return result.reshape(*leading, length)


class StreamResampler:
    """`resample` for a sound that comes in pieces: joined, its results are those of the whole.

    They come late: the filter looks 10 to 70 ms ahead, not at all where the rates are equal.

    Parameters
    ----------
    source_rate, target_rate : before and after.
    """

    def __init__(self, source_rate: Hertz, target_rate: Hertz) -> None:
        self._source_rate, self._target_rate = source_rate, target_rate
        self._received = self._given = 0
        self._soxr: soxr.ResampleStream | None = None  # where the rates are equal
        if source_rate != target_rate:
            self._soxr = soxr.ResampleStream(source_rate, target_rate, 1, "float32", _QUALITY)

    def feed(self, samples: Samples) -> Samples:
        """What can be told of the sound so far, (sample,), after the pieces given before."""
        if self._soxr is None:
            return samples
        self._received += len(samples)
        result: Samples = self._soxr.resample_chunk(samples)
        self._given += len(result)
        return result

    def flush(self) -> Samples:
        """The rest (sample,) of a sound that has ended."""
        if self._soxr is None:
            return np.zeros(0, np.float32)
        duration_seconds = to_seconds(self._received, self._source_rate)
        rest = np.zeros(to_samples(duration_seconds, self._target_rate) - self._given, np.float32)
        raw: Samples = self._soxr.resample_chunk(np.zeros(0, np.float32), last=True)
        rest[: len(raw)] = raw[: len(rest)]
        return rest
