"""Named stretches of time as Rich Transcription Time Marked lines (NIST RT-09, appendix A).

Ten fields: type, file, channel, start, duration, orthography, speaker type, name, confidence,
lookahead. All lines are of the type ``SPEAKER``, whose ``name`` is free: some readers take every
line for a ``SPEAKER`` one, so lines of another type would be misread.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from emotion_classifier.rendering.text import visible
from emotion_classifier.units import Seconds


class NamedStretch(NamedTuple):
    """A stretch of one channel with a name and how sure that name is.

    Parameters
    ----------
    channel : counted from 1.
    """

    channel: int
    start_seconds: Seconds
    end_seconds: Seconds
    name: str
    confidence: float


def to_rttm(stretches: Iterable[NamedStretch], recording: str) -> str:
    """One ``SPEAKER`` line for each stretch of the `recording`, in order of start."""
    ordered = sorted(stretches, key=lambda one: (one.start_seconds, one.channel))
    return "".join(_line(one, _field(recording)) for one in ordered)


def _line(one: NamedStretch, recording: str) -> str:
    seconds = one.end_seconds - one.start_seconds
    times = f"{one.start_seconds:.3f} {seconds:.3f}"
    name = _field(one.name)
    return f"SPEAKER {recording} {one.channel} {times} <NA> <NA> {name} {one.confidence:.3f} <NA>\n"


def _field(text: str) -> str:
    """`text` as one field: spaces stand between fields, and a field is never empty."""
    return "_".join(visible(text).split()) or "<NA>"
