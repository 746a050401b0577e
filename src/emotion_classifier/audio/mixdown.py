"""Mixing of the channels of a live device, without dead channels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.waveform import Samples

ALIVE_FROM = 1e-4
"""Amplitude (-80 dBFS) of a connected channel; 16-bit dither stays below it."""


class LiveChannels:
    """The mean of the channels of a device that have had a signal.

    Otherwise a stereo device with one unconnected side would be half as loud. A channel is included
    from the first chunk in which it has a signal; until then all channels are.

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
        """Mono samples (sample,) of finite `samples` (channel, sample)."""
        if samples.size and not self._alive.all():
            self._alive |= np.abs(samples).max(axis=1) >= ALIVE_FROM
        alive = samples[self._alive] if self._alive.any() else samples
        mean: npt.NDArray[np.float64] = alive.mean(axis=0, dtype=np.float64)
        return mean.astype(np.float32)
