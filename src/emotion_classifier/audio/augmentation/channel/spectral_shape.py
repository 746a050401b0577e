"""Frequencies made louder or quieter, nothing delayed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz, Seconds, to_samples

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
    # "ortho", because NumPy transforms in double precision where the factor is the plain one.
    spectrum = np.fft.rfft(samples, size, norm="ortho")
    bins = np.fft.rfftfreq(size, 1.0 / sample_rate)
    spectrum *= np.interp(bins, hertz, gains).astype(np.float32)
    shaped = np.fft.irfft(spectrum, size, norm="ortho").astype(np.float32, copy=False)
    return shaped[: len(samples)]


def fast_length(minimum: int) -> int:
    """The next length that is 5, 6, 7 or 8 times a power of two: transforms are fast there."""
    unit = 1 << max(0, (minimum - 1).bit_length() - 3)
    return -(-minimum // unit) * unit
