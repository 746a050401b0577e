"""Change of the sample rate: the adapter of soxr."""

from __future__ import annotations

import numpy as np
import soxr

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz, to_samples, to_seconds

_QUALITY = "HQ"  # linear phase, 20 bits


def resample(samples: Samples, source_rate: Hertz, target_rate: Hertz) -> Samples:
    """Audio at another rate, ``(..., sample)`` float32.

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
    """`resample` for chunks of audio: the joined results equal those of the whole.

    The latency is that of the filter, 10 to 70 ms, and zero where the rates are equal.

    Parameters
    ----------
    source_rate, target_rate : before and after.
    """

    def __init__(self, source_rate: Hertz, target_rate: Hertz) -> None:
        self._source_rate, self._target_rate = source_rate, target_rate
        self._received = self._returned = 0
        self._soxr: soxr.ResampleStream | None = None  # where the rates are equal
        if source_rate != target_rate:
            self._soxr = soxr.ResampleStream(source_rate, target_rate, 1, "float32", _QUALITY)

    def feed(self, samples: Samples) -> Samples:
        """The next resampled samples (sample,), as far as the filter has the input for them."""
        if self._soxr is None:
            return samples
        self._received += len(samples)
        result: Samples = self._soxr.resample_chunk(samples)
        self._returned += len(result)
        return result

    def flush(self) -> Samples:
        """The remaining samples (sample,) at the end of the audio."""
        if self._soxr is None:
            return np.zeros(0, np.float32)
        duration_seconds = to_seconds(self._received, self._source_rate)
        rest = np.zeros(
            to_samples(duration_seconds, self._target_rate) - self._returned, np.float32
        )
        raw: Samples = self._soxr.resample_chunk(np.zeros(0, np.float32), last=True)
        rest[: len(raw)] = raw[: len(rest)]
        return rest
