"""Labelled time spans as annotation files: Praat TextGrid, SRT, WebVTT and RTTM.

- **TextGrid**: Praat's long text format,
  https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html.
- **SRT** (SubRip) has no standard: numbered cues, ``HH:MM:SS,mmm``, a blank line after each.
  **WebVTT** is the W3C's, https://www.w3.org/TR/webvtt1/. Times are rounded to milliseconds, and a
  cue lasts at least one, because WebVTT requires the end to be after the start.
- **RTTM**: Rich Transcription Time Marked (NIST RT-09, appendix A), ten fields: type, file, channel,
  start, duration, orthography, speaker type, name, confidence, lookahead. All lines are of the type
  ``SPEAKER``, whose ``name`` is free: some readers treat every line as a ``SPEAKER`` line.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from emotion_classifier.rendering.tables import visible
from emotion_classifier.units import Seconds

_DECIMALS = 6


class Span(NamedTuple):
    """A text with its start and end in a recording."""

    start_seconds: Seconds
    end_seconds: Seconds
    text: str


class NamedSpan(NamedTuple):
    """A time span of a channel (counted from 1) with a name and the confidence of that name."""

    channel: int
    start_seconds: Seconds
    end_seconds: Seconds
    name: str
    confidence: float


def to_textgrid(tiers: Mapping[str, Sequence[Span]], duration_seconds: Seconds) -> str:
    """Interval tiers, name → spans in order, over the whole duration.

    In a TextGrid each moment belongs to exactly one interval: gaps between spans become intervals
    without text, and a span starts no earlier than the end of the previous span.
    """
    end = round(duration_seconds, _DECIMALS)
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {end:.{_DECIMALS}f}",
        "tiers? <exists>",
        f"size = {len(tiers)}",
        "item []:",
    ]
    for number, (name, spans) in enumerate(tiers.items(), start=1):
        lines.append(f"    item [{number}]:")
        lines.extend(_tier(name, list(_without_gaps(spans, end)), end))
    return "\n".join(lines) + "\n"


def _tier(name: str, spans: Sequence[Span], end: Seconds) -> Iterator[str]:
    yield '        class = "IntervalTier"'
    yield f"        name = {_quoted(name)}"
    yield "        xmin = 0"
    yield f"        xmax = {end:.{_DECIMALS}f}"
    yield f"        intervals: size = {len(spans)}"
    for number, span in enumerate(spans, start=1):
        yield f"        intervals [{number}]:"
        yield f"            xmin = {span.start_seconds:.{_DECIMALS}f}"
        yield f"            xmax = {span.end_seconds:.{_DECIMALS}f}"
        yield f"            text = {_quoted(span.text)}"


def _without_gaps(spans: Sequence[Span], end: Seconds) -> Iterator[Span]:
    """The spans and empty ones between them, from 0 to `end`."""
    reached = 0.0
    for span in spans:
        start = max(reached, min(end, round(span.start_seconds, _DECIMALS)))
        stop = min(end, round(span.end_seconds, _DECIMALS))
        if stop <= start:
            continue  # empty after rounding: Praat refuses empty intervals
        if start > reached:
            yield Span(reached, start, "")
        yield Span(start, stop, span.text)
        reached = stop
    if reached < end:
        yield Span(reached, end, "")


def _quoted(text: str) -> str:
    doubled = visible(text).replace('"', '""')
    return f'"{doubled}"'


def to_srt(spans: Sequence[Span]) -> str:
    """The spans as SubRip, in order of their start."""
    cues = (
        f"{number}\n{_times(span, ',')}\n{visible(span.text)}\n"
        for number, span in enumerate(sorted(spans), start=1)
    )
    return "\n".join(cues)


def to_webvtt(spans: Sequence[Span]) -> str:
    """The spans as WebVTT, in order of their start; its special characters are escaped."""
    cues = (
        f"{_times(span, '.')}\n{html.escape(visible(span.text), quote=False)}\n"
        for span in sorted(spans)
    )
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
    start = max(0, round(span.start_seconds * 1000))
    end = max(round(span.end_seconds * 1000), start + 1)
    return f"{timestamp(start, mark)} --> {timestamp(end, mark)}"


def to_rttm(spans: Iterable[NamedSpan], recording: str) -> str:
    """One ``SPEAKER`` line for each time span of the `recording`, in order of start."""
    return "".join(
        f"SPEAKER {_field(recording)} {span.channel} {span.start_seconds:.3f} "
        f"{span.end_seconds - span.start_seconds:.3f} <NA> <NA> {_field(span.name)} "
        f"{span.confidence:.3f} <NA>\n"
        for span in sorted(spans, key=lambda span: (span.start_seconds, span.channel))
    )


def _field(text: str) -> str:
    """`text` as one field: fields are separated by spaces and never empty."""
    return "_".join(visible(text).split()) or "<NA>"
