"""Subtitles, read back by parsers that are not ours."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import srt
import webvtt

from emotion_classifier.rendering.spans import Span
from emotion_classifier.rendering.subtitles import timestamp, to_srt, to_webvtt

SPANS = [
    Span(3599.9996, 3601.5, "after the hour"),
    Span(0.0, 1.25, "angry 83%"),
    Span(1.25, 1.25, "short"),
    Span(360_000.001, 360_000.9, "after a hundred hours"),
]
TIMES = [(0, 1250), (1250, 1251), (3_600_000, 3_601_500), (360_000_001, 360_000_900)]
TEXTS = ["angry 83%", "short", "after the hour", "after a hundred hours"]


def test_subrip_is_read_back_in_order_of_time() -> None:
    cues = list(srt.parse(to_srt(SPANS)))
    assert [cue.index for cue in cues] == [1, 2, 3, 4]
    assert [cue.content for cue in cues] == TEXTS
    millisecond = timedelta(milliseconds=1)
    assert [(cue.start / millisecond, cue.end / millisecond) for cue in cues] == TIMES


def test_webvtt_is_read_back_in_order_of_time() -> None:
    cues = webvtt.from_buffer(io.StringIO(to_webvtt(SPANS))).captions
    assert [cue.text for cue in cues] == TEXTS
    assert [(_milliseconds(cue.start), _milliseconds(cue.end)) for cue in cues] == TIMES


@pytest.mark.parametrize("text", ["a --> b", "<b>&amp;</b>", "two\n\nlines", "bell \x07"])
def test_no_text_breaks_out_of_its_cue(text: str) -> None:
    spans = [Span(0.0, 1.0, text), Span(1.0, 2.0, "next")]
    written = to_webvtt(spans)
    assert len(written.split("\n\n")) == 3
    assert sum("-->" in line for line in written.splitlines()) == 2
    assert "<" not in written
    assert [cue.content for cue in srt.parse(to_srt(spans))][1] == "next"


def test_webvtt_escapes_what_it_would_take_for_a_tag() -> None:
    assert "&lt;sad&gt; &amp; calm" in to_webvtt([Span(0.0, 1.0, "<sad> & calm")])


def test_nothing_to_say_is_a_valid_file() -> None:
    assert to_webvtt([]) == "WEBVTT\n"
    assert to_srt([]) == ""
    assert len(webvtt.from_buffer(io.StringIO(to_webvtt([]))).captions) == 0


def test_a_timestamp_has_two_digits_for_hours_or_more() -> None:
    assert timestamp(0) == "00:00:00.000"
    assert timestamp(359_999_999, ",") == "99:59:59,999"
    assert timestamp(360_000_000) == "100:00:00.000"


def _milliseconds(text: str) -> int:
    hours, minutes, seconds = text.split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)
