"""Where windows lie.

Windows of equal length follow each other at a fixed hop. When the recording ends behind the end of
the last whole window, the next one, cut at the end of the recording, is a window too, so that every
sample lies in one; it is longer than a window less a hop, unless the recording is shorter than that.
"""

from __future__ import annotations

from dataclasses import dataclass

from emotion_classifier.errors import ConfigError
from emotion_classifier.units import Hertz, Seconds, to_samples


@dataclass(frozen=True)
class WindowGrid:
    """Positions of windows, in samples.

    Parameters
    ----------
    window : length of a window.
    hop : from the start of a window to that of the next one, not longer than a window.
    """

    window: int
    hop: int

    @classmethod
    def of_seconds(
        cls, window_seconds: Seconds, hop_seconds: Seconds, sample_rate: Hertz
    ) -> WindowGrid:
        """The grid at a rate.

        Raises
        ------
        ConfigError
            The hop is longer than a window, so that some audio would lie in none, or too short.
        """
        grid = cls(to_samples(window_seconds, sample_rate), to_samples(hop_seconds, sample_rate))
        if not 0 < grid.hop <= grid.window:
            raise ConfigError(
                f"hop_seconds is {hop_seconds:g}: it must be above 0 and at most "
                f"window_seconds ({window_seconds:g}), so that windows leave no audio out"
            )
        return grid

    def start(self, index: int) -> int:
        """Where a window begins."""
        return index * self.hop

    def end(self, index: int) -> int:
        """Where a window ends, if the recording does not end before."""
        return self.start(index) + self.window

    def core_start(self, index: int) -> int:
        """Where the core of a window begins, the stretch for which it is the best one to ask.

        Cores are one hop long, in the middle of their windows, and follow each other without gaps;
        that of the first window begins with the recording.
        """
        return self.start(index) + (self.window - self.hop) // 2 if index else 0

    def whole(self, total: int) -> int:
        """How many whole windows lie in a recording of `total` samples."""
        return max(0, (total - self.window) // self.hop + 1)

    def ends_in_part(self, total: int) -> bool:
        """Whether a recording of `total` samples has a last window that is cut at its end."""
        whole = self.whole(total)
        return total > (self.end(whole - 1) if whole else 0)
