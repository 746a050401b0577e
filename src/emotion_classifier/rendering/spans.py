"""Texts that hold for a stretch of time: what subtitles, annotation tiers and figures show."""

from __future__ import annotations

from typing import NamedTuple

from emotion_classifier.units import Seconds


class Span(NamedTuple):
    """A text from one time of a recording to another."""

    start_seconds: Seconds
    end_seconds: Seconds
    text: str
