"""Mixing of channels to one.

The mean of two channels in opposite phase, as a wrong cable makes them, is silence. Where the mean cancels
its channels, the strongest of them replaces it.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

_Samples: TypeAlias = npt.NDArray[np.float32]

OPPOSITE_PHASE_WARNING = (
    "the channels are in opposite phase and cancel each other out, so only the strongest is used: "
    "check the cables, or record one channel"
)
# The mean of independent channels has the sum of their powers, divided by the square of their number.
_CANCELLED_BELOW = 0.1
# Sum of squares: a sample at -70 dBFS, or 100 steps of 16 bits.
_LEAST_ENERGY = 1e-7
# Noise alone may be in opposite phase, in a pause before speech that is not.
_REPORTED_SHARE = 0.01
# Limits the memory: the sums of a whole recording are many times its size.
_BLOCK_SAMPLES = 1 << 14


class Mixdown:
    """Mixes a recording, block by block; blocks of any length make the same result.

    A sample is that of the strongest channel where, from the start of the recording to it, the mean has
    less than a tenth of the energy that the mean of independent channels would have.
    """

    def __init__(self) -> None:
        self._channel: int | None = None
        self._mean_energy = 0.0
        self._energies = np.zeros(1)  # of each channel
        self._replaced_energy = 0.0

    @property
    def is_in_opposite_phase(self) -> bool:
        """Whether more than a hundredth of the sound so far was cancelled in the mean."""
        return self._replaced_energy > _REPORTED_SHARE * float(self._energies.sum())

    @property
    def warning(self) -> str | None:
        """Description and remedy of channels in opposite phase; None without."""
        return OPPOSITE_PHASE_WARNING if self.is_in_opposite_phase else None

    def mix(self, samples: _Samples) -> _Samples:
        """One channel ``(sample,)`` of the next ``(channel, sample)``, always of as many channels."""
        if len(samples) == 1:
            mono: _Samples = samples[0]
            return mono
        result = np.empty(samples.shape[1], np.float32)
        for start in range(0, len(result), _BLOCK_SAMPLES):
            block = slice(start, start + _BLOCK_SAMPLES)
            result[block] = self._mix_block(samples[:, block])
        return result

    def _mix_block(self, samples: _Samples) -> _Samples:
        wide = samples.astype(np.float64)
        mean = wide.mean(axis=0)
        mean_before, before = self._mean_energy, self._energies
        self._mean_energy = mean_before + float(np.square(mean).sum())
        self._energies = before + np.square(wide).sum(axis=1)
        result: _Samples = mean.astype(np.float32)
        # Energies only grow: a bound for the whole block spares most blocks the sums below.
        if not _is_cancelled(mean_before, self._energies.sum(), len(samples)):
            self._channel = None
            return result
        energies = before.reshape(-1, 1) + np.cumsum(np.square(wide), axis=1)
        mean_energy = mean_before + np.cumsum(np.square(mean))
        cancelled = _is_cancelled(mean_energy, energies.sum(axis=0), len(samples))
        edges = np.flatnonzero(np.diff(cancelled, prepend=False, append=False))
        for start, end in edges.reshape(-1, 2):
            if start > 0 or self._channel is None:
                self._channel = int(energies[:, start].argmax())
            result[start:end] = samples[self._channel, start:end]
            self._replaced_energy += float(np.square(wide[:, start:end]).sum())
        if not cancelled[-1]:
            self._channel = None
        return result


def _is_cancelled(
    mean_energy: npt.ArrayLike, energy: npt.ArrayLike, channels: int
) -> npt.NDArray[np.bool_]:
    """Whether the mean has too little energy, where all channels together have `energy`."""
    least = np.asarray(energy) * (_CANCELLED_BELOW / channels**2)
    return (np.asarray(energy) >= _LEAST_ENERGY) & (np.asarray(mean_energy) < least)
