"""Types of quantities, and the conversion between seconds and samples."""

from __future__ import annotations

from typing import TypeAlias

Seconds: TypeAlias = float
Hertz: TypeAlias = int
Decibels: TypeAlias = float


def to_samples(seconds: Seconds, sample_rate: Hertz) -> int:
    """Number of samples nearest to `seconds`; ties go to the even number.

    >>> to_samples(0.5, 16000)
    8000
    """
    return round(seconds * sample_rate)


def to_seconds(samples: int, sample_rate: Hertz) -> Seconds:
    """Duration of `samples`."""
    return samples / sample_rate
