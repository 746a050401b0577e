"""Spans as a Praat TextGrid, in its long text format.

https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from emotion_classifier.rendering.spans import Span
from emotion_classifier.rendering.text import visible
from emotion_classifier.units import Seconds

_DECIMALS = 6


def to_textgrid(tiers: Mapping[str, Sequence[Span]], duration_seconds: Seconds) -> str:
    """Interval tiers, by name, over the whole duration.

    Praat wants each moment in exactly one interval: where no span is stands one without text, and a
    span begins where the one before it ends at the earliest.

    Parameters
    ----------
    tiers : name → its spans, in order.
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
            continue  # nothing of it is left after rounding: Praat refuses empty intervals
        if start > reached:
            yield Span(reached, start, "")
        yield Span(start, stop, span.text)
        reached = stop
    if reached < end:
        yield Span(reached, end, "")


def _quoted(text: str) -> str:
    doubled = visible(text).replace('"', '""')
    return f'"{doubled}"'
