"""From the channels of a live device to one, without those that are dead."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.waveform import Samples

ALIVE_FROM = 1e-4
"""Amplitude (-80 dBFS) that shows that something is connected; 16-bit dither stays below it."""


class LiveChannels:
    """The mean of those channels of a device that were ever heard.

    A stereo device of which one side is not connected would otherwise sound half as loud. A channel
    counts from the chunk on in which it is first heard; until then all of them count.

    Parameters
    ----------
    channels : of the device.
    """

    def __init__(self, channels: int) -> None:
        self._alive = np.zeros(channels, bool)

    @property
    def dead(self) -> tuple[int, ...]:
        """Channels, counted from 1, that are left out."""
        if not self._alive.any():
            return ()
        return tuple(int(channel) + 1 for channel in np.flatnonzero(~self._alive))

    def mix(self, samples: Samples) -> Samples:
        """One channel (sample,) of finite `samples` (channel, sample)."""
        if samples.size and not self._alive.all():
            self._alive |= np.abs(samples).max(axis=1) >= ALIVE_FROM
        heard = samples[self._alive] if self._alive.any() else samples
        mean: npt.NDArray[np.float64] = heard.mean(axis=0, dtype=np.float64)
        return mean.astype(np.float32)
