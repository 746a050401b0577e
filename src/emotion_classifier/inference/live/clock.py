"""The time that live audio is measured by; tests pass the audio's own."""

from __future__ import annotations

import time
from typing import Protocol

from emotion_classifier.units import Seconds


class Clock(Protocol):
    """Something that tells the time and can let it pass."""

    def now(self) -> Seconds:
        """Seconds since any fixed moment; never runs backwards."""

    def sleep(self, seconds: Seconds) -> None:
        """Return when the time has passed."""


class MonotonicClock:
    """The clock of the machine."""

    def now(self) -> Seconds:
        """Seconds since any fixed moment; never runs backwards."""
        return time.monotonic()

    def sleep(self, seconds: Seconds) -> None:
        """Return when the time has passed."""
        time.sleep(seconds)
