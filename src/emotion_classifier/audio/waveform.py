"""A recording in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.units import Hertz, Seconds, to_seconds

Samples: TypeAlias = npt.NDArray[np.float32]
LARGEST_AMPLITUDE = 1e10
"""What is beyond was never sound, not even integers of 32 bits that nobody scaled to full scale."""


@dataclass(frozen=True, eq=False)
class Waveform:
    """Samples of all channels and their rate.

    Parameters
    ----------
    samples : (channel, sample) float32; full scale is -1 to 1.
    sample_rate : of every channel.
    """

    samples: Samples
    sample_rate: Hertz

    @property
    def duration_seconds(self) -> Seconds:
        """Duration of the recording."""
        return to_seconds(self.samples.shape[1], self.sample_rate)

    def mono(self) -> Samples:
        """Mean of the channels ``(sample,)``; a single channel is returned as it is, not copied."""
        if self.samples.shape[0] == 1:
            only: Samples = self.samples[0]
            return only
        mean: npt.NDArray[np.float64] = self.samples.mean(axis=0, dtype=np.float64)
        return mean.astype(np.float32)


def are_sound(samples: Samples) -> npt.NDArray[np.bool_]:
    """Which samples, of any shape, can be reckoned with: not NaN, infinite or absurdly large.

    Resampling or squaring larger ones would overflow.
    """
    within: npt.NDArray[np.bool_] = np.abs(samples) <= LARGEST_AMPLITUDE  # false for NaN
    return within


def silence_what_is_no_sound(samples: Samples) -> tuple[Samples, int]:
    """A copy of `samples`, of any shape, with zeros for what is no sound, and how many those are."""
    sound = are_sound(samples)
    copy: Samples = np.where(sound, samples, 0.0).astype(np.float32)
    return copy, samples.size - int(np.count_nonzero(sound))
