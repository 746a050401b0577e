"""Filters by Fourier transforms: convolution with a response, gains per frequency."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz, Seconds, to_samples

# Blocks whose transforms stay in the processor's cache: faster than one long transform, for which
# several hundred kilobytes of memory are allocated by the system each time.
_BLOCK = 8192
_SIZE = 2 * _BLOCK

Spectrum = npt.NDArray[np.complex64]
_RINGING_SECONDS: Seconds = 0.05  # zeros that keep the end of a clip from ringing into its start


def shape_spectrum(
    samples: Samples,
    sample_rate: Hertz,
    hertz: npt.NDArray[np.float64],
    gains: npt.NDArray[np.float64],
) -> Samples:
    """The waveform (sample,) with each frequency at its gain, in phase with what came in.

    Parameters
    ----------
    samples : (sample,) float32.
    hertz, gains : (point,) ascending frequencies and the factors of amplitude there; a straight
        line between two points, and beyond the last ones the factor of the last.
    """
    size = fast_length(len(samples) + to_samples(_RINGING_SECONDS, sample_rate))
    # "ortho", because with the default factor NumPy transforms in double precision: much slower.
    spectrum = np.fft.rfft(samples, size, norm="ortho")
    bins = np.fft.rfftfreq(size, 1.0 / sample_rate)
    spectrum *= np.interp(bins, hertz, gains).astype(np.float32)
    shaped = np.fft.irfft(spectrum, size, norm="ortho").astype(np.float32, copy=False)
    return shaped[: len(samples)]


def fast_length(minimum: int) -> int:
    """The next length that is 5, 6, 7 or 8 times a power of two: transforms are fast there."""
    unit = 1 << max(0, (minimum - 1).bit_length() - 3)
    return -(-minimum // unit) * unit


def convolved(samples: Samples, response: Samples, start: int) -> Samples:
    """As many samples (sample,) of the convolution as `samples` has, from `start` on.

    The blocks of both are transformed once, and those that meet in one block of the result are
    summed before they are transformed back (uniformly partitioned overlap-add).

    Parameters
    ----------
    samples, response : (sample,) float32.
    start : in samples, within the response.
    """
    end = start + len(samples)
    blocks = -(-end // _BLOCK)
    inputs = _spectra(samples)
    parts = _spectra(response[:end])
    result = np.zeros((blocks + 1) * _BLOCK, dtype=np.float32)
    for block in range(blocks):
        first = max(0, block - len(inputs) + 1)
        last = min(block, len(parts) - 1)
        if first > last:
            continue
        total = inputs[block - first] * parts[first]
        for part in range(first + 1, last + 1):
            total += inputs[block - part] * parts[part]
        result[block * _BLOCK :][:_SIZE] += np.fft.irfft(total, _SIZE, norm="ortho")
    result *= np.float32(np.sqrt(_SIZE))
    return result[start:end]


def _spectra(samples: Samples) -> list[Spectrum]:
    """The transforms (bin,) of consecutive blocks, normalised as in `shape_spectrum`."""
    blocks = (samples[start : start + _BLOCK] for start in range(0, len(samples), _BLOCK))
    return [
        np.fft.rfft(block, _SIZE, norm="ortho").astype(np.complex64, copy=False) for block in blocks
    ]
