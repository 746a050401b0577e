"""Clocks of live audio; tests pass one of their own."""

from __future__ import annotations

import time
from typing import Protocol

from emotion_classifier.units import Seconds


class Clock(Protocol):
    """Source of the current time."""

    def now(self) -> Seconds:
        """Seconds since any fixed moment; never decreases."""

    def sleep(self, seconds: Seconds) -> None:
        """Return when the time has passed."""


class MonotonicClock:
    """The machine's monotonic clock."""

    def now(self) -> Seconds:
        """Seconds since any fixed moment; never decreases."""
        return time.monotonic()

    def sleep(self, seconds: Seconds) -> None:
        """Return when the time has passed."""
        time.sleep(seconds)
