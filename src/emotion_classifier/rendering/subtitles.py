"""Spans as subtitles: SubRip (SRT) and WebVTT.

SubRip has no standard: numbered cues, ``HH:MM:SS,mmm``, a blank line behind each. WebVTT is that of
the W3C (https://www.w3.org/TR/webvtt1/). Times are rounded to milliseconds, and a cue lasts at least
one, because WebVTT asks for an end behind the start.
"""

from __future__ import annotations

from collections.abc import Sequence

from emotion_classifier.rendering.spans import Span
from emotion_classifier.rendering.text import visible
from emotion_classifier.units import Seconds


def to_srt(spans: Sequence[Span]) -> str:
    """The spans as SubRip, in order of their start."""
    cues = (
        f"{number}\n{_times(span, ',')}\n{visible(span.text)}\n"
        for number, span in enumerate(sorted(spans), start=1)
    )
    return "\n".join(cues)


def to_webvtt(spans: Sequence[Span]) -> str:
    """The spans as WebVTT, in order of their start; its special characters are escaped."""
    cues = (f"{_times(span, '.')}\n{_escaped(span.text)}\n" for span in sorted(spans))
    return "\n".join(("WEBVTT\n", *cues))


def timestamp(milliseconds: int, mark: str = ".") -> str:
    """``HH:MM:SS.mmm``; from 100 hours on with as many digits as the hours need.

    >>> timestamp(3_723_004)
    '01:02:03.004'
    """
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{mark}{rest:03}"


def _times(span: Span, mark: str) -> str:
    start = _milliseconds(span.start_seconds)
    end = max(_milliseconds(span.end_seconds), start + 1)
    return f"{timestamp(start, mark)} --> {timestamp(end, mark)}"


def _milliseconds(seconds: Seconds) -> int:
    return max(0, round(seconds * 1000))


def _escaped(text: str) -> str:
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
