"""The envelope of a recording, for a figure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.waveform import Samples


class Envelope:
    """Lowest and highest sample of equal sections of a recording, in constant memory.

    Parameters
    ----------
    maximum_sections : even; when all are used, pairs are merged.
    """

    def __init__(self, maximum_sections: int = 4096) -> None:
        self._bounds = np.zeros((maximum_sections, 2), np.float32)
        self._width = 1
        self._received = 0

    def feed(self, samples: Samples) -> None:
        """Add the next samples ``(sample,)``, any number of them."""
        while len(samples):
            free = len(self._bounds) * self._width - self._received
            if free == 0:
                self._merge()
                continue
            self._place(samples[:free])
            samples = samples[free:]

    @property
    def received(self) -> int:
        """Number of samples so far."""
        return self._received

    @property
    def samples_per_section(self) -> int:
        """Number of samples in each section; the last may have fewer."""
        return self._width

    @property
    def bounds(self) -> npt.NDArray[np.float32]:
        """``(section, 2)``: lowest and highest sample."""
        return self._bounds[: -(-self._received // self._width)].copy()

    def _place(self, samples: Samples) -> None:
        first, inside = divmod(self._received, self._width)
        starts = np.arange(-inside, len(samples), self._width).clip(0)
        lows = np.minimum.reduceat(samples, starts)
        highs = np.maximum.reduceat(samples, starts)
        if inside:
            lows[0] = min(lows[0], self._bounds[first, 0])
            highs[0] = max(highs[0], self._bounds[first, 1])
        self._bounds[first : first + len(starts)] = np.stack([lows, highs], axis=1)
        self._received += len(samples)

    def _merge(self) -> None:
        pairs = self._bounds.reshape(-1, 2, 2)
        self._bounds[: len(pairs), 0] = pairs[:, :, 0].min(axis=1)
        self._bounds[: len(pairs), 1] = pairs[:, :, 1].max(axis=1)
        self._width *= 2
