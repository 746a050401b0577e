"""Limit of an average rate that may be exceeded for some time."""

from __future__ import annotations

from emotion_classifier.units import Seconds


class RateLimit:
    """A leaky bucket.

    Parameters
    ----------
    rate : units that drain each second.
    seconds : for which the rate may be exceeded: so many seconds of it fit into the bucket.
    """

    def __init__(self, rate: float, seconds: Seconds) -> None:
        self._rate = rate
        self._capacity = rate * seconds
        self._level = 0.0
        self._at: Seconds | None = None

    def add(self, units: float, now: Seconds) -> bool:
        """Whether the rate is kept with some more units at a time of a monotonic clock."""
        elapsed = 0.0 if self._at is None else max(0.0, now - self._at)
        self._at = now
        self._level = max(0.0, self._level - self._rate * elapsed) + units
        return self._level <= self._capacity
