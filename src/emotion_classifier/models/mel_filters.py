"""Mel filter banks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emotion_classifier.errors import ConfigError
from emotion_classifier.units import Hertz


def mel_filters(
    sample_rate: Hertz, n_fft: int, mels: int, low_hz: float, high_hz: float
) -> npt.NDArray[np.float32]:
    """Triangular Slaney mel bands of unit area, (frequency, mel).

    Raises
    ------
    ConfigError
        ``low_hz < high_hz <= sample_rate / 2`` does not hold, or a band would be empty.
    """
    if not low_hz < high_hz <= sample_rate / 2:
        raise ConfigError(
            f"mel bands from {low_hz:g} to {high_hz:g} Hz at {sample_rate} Hz: the rule is "
            f"low_hz < high_hz <= {sample_rate / 2:g} (half the sample rate)"
        )
    frequencies = np.linspace(0.0, sample_rate / 2, 1 + n_fft // 2)
    edges = _mel_to_hz(np.linspace(_hz_to_mel(low_hz), _hz_to_mel(high_hz), mels + 2))
    ramps = edges[:, None] - frequencies[None, :]
    rising = -ramps[:-2] / np.diff(edges)[:-1, None]
    falling = ramps[2:] / np.diff(edges)[1:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling))
    filters *= (2.0 / (edges[2:] - edges[:-2]))[:, None]
    empty = int((filters.max(axis=1) == 0).sum())
    if empty:
        raise ConfigError(
            f"{empty} of {mels} mel bands would hold no frequency with n_fft={n_fft} at "
            f"{sample_rate} Hz: use fewer mels or a longer n_fft"
        )
    return filters.T.astype(np.float32)


_LINEAR_HZ_PER_MEL = 200.0 / 3
_LOG_START_HZ = 1000.0
_LOG_START_MEL = _LOG_START_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0


def _hz_to_mel(hz: float) -> float:
    if hz < _LOG_START_HZ:
        return hz / _LINEAR_HZ_PER_MEL
    return float(_LOG_START_MEL + np.log(hz / _LOG_START_HZ) / _LOG_STEP)


def _mel_to_hz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    linear = mels * _LINEAR_HZ_PER_MEL
    logarithmic = _LOG_START_HZ * np.exp(_LOG_STEP * (mels - _LOG_START_MEL))
    result: npt.NDArray[np.float64] = np.where(mels < _LOG_START_MEL, linear, logarithmic)
    return result
