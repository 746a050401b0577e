"""Annotation files, read back by other parsers; RTTM is held to NIST's ten fields."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
import srt
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st
from praatio import textgrid

from emotion_classifier.rendering.annotations import (
    NamedSpan,
    Span,
    timestamp,
    to_rttm,
    to_srt,
    to_textgrid,
    to_webvtt,
)

Read = dict[str, list[tuple[float, float, str]]]
SPANS = [
    Span(3599.9996, 3601.5, "after the hour"),
    Span(0.0, 1.25, "angry 83%"),
    Span(1.25, 1.25, "short"),
    Span(360_000.001, 360_000.9, "after a hundred hours"),
]
TIMES = [(0, 1250), (1250, 1251), (3_600_000, 3_601_500), (360_000_001, 360_000_900)]
TEXTS = ["angry 83%", "short", "after the hour", "after a hundred hours"]
LINE = re.compile(
    r"SPEAKER (?P<file>\S+) (?P<channel>\d+) (?P<start>\d+\.\d{3}) (?P<duration>\d+\.\d{3}) "
    r"<NA> <NA> (?P<name>\S+) (?P<confidence>[01]\.\d{3}) <NA>"
)


def read_back(text: str, folder: Path, *, with_gaps: bool = False) -> Read:
    path = folder / "read.TextGrid"
    path.write_text(text, "utf-8")
    grid = textgrid.openTextgrid(str(path), with_gaps, reportingMode="error")
    return {
        tier.name: [(one.start, one.end, one.label) for one in tier.entries] for tier in grid.tiers
    }


def test_tiers_are_read_back_and_cover_all_time(tmp_path: Path) -> None:
    tiers = {
        "emotion": [Span(0.0, 1.5, "angry"), Span(1.5, 4.0, 'a "b"')],
        "speech": [Span(0.5, 1.0, "speech")],
        "empty": [],
    }
    text = to_textgrid(tiers, 4.25)
    assert read_back(text, tmp_path) == {
        "emotion": [(0.0, 1.5, "angry"), (1.5, 4.0, 'a "b"')],
        "speech": [(0.5, 1.0, "speech")],
        "empty": [],
    }
    everything = read_back(text, tmp_path, with_gaps=True)
    assert everything["empty"] == [(0.0, 4.25, "")]
    assert everything["speech"][-1] == (1.0, 4.25, "")


def test_text_stays_on_its_line() -> None:
    text = to_textgrid({"emotion\n2": [Span(0.0, 1.0, 'x"\n        xmin = 7')]}, 1.0)
    assert 'name = "emotion 2"' in text
    assert 'text = "x"" xmin = 7"' in text


def test_spans_that_reach_too_far_or_into_each_other_are_cut(tmp_path: Path) -> None:
    spans = [Span(0.0, 1.0000001, "a"), Span(1.0, 1.00000001, "b"), Span(0.9, 3.0, "c")]
    assert read_back(to_textgrid({"t": spans}, 2.0), tmp_path)["t"] == [
        (0.0, 1.0, "a"),
        (1.0, 2.0, "c"),
    ]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(0.0, 40.0), min_size=2, max_size=12, unique=True),
    st.floats(0.001, 40.0),
)
def test_intervals_always_follow_each_other_to_the_end(times: list[float], duration: float) -> None:
    ordered = sorted(times)
    spans = [Span(a, b, "x") for a, b in zip(ordered[::2], ordered[1::2], strict=False)]
    lines = to_textgrid({"t": spans}, duration).splitlines()
    interval = [line for line in lines if line.startswith(" " * 12)]
    starts = [float(line.split("=")[1]) for line in interval if "xmin" in line]
    ends = [float(line.split("=")[1]) for line in interval if "xmax" in line]
    assert starts == [0.0, *ends[:-1]]
    assert ends[-1] == pytest.approx(duration, abs=1e-6)
    assert all(start < end for start, end in zip(starts, ends, strict=True))


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


def test_webvtt_escapes_text_that_looks_like_a_tag() -> None:
    assert "&lt;sad&gt; &amp; calm" in to_webvtt([Span(0.0, 1.0, "<sad> & calm")])


def test_no_spans_make_a_valid_file() -> None:
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


def test_each_line_has_ten_fields_in_order_of_time() -> None:
    stretches = [
        NamedSpan(2, 4000.5, 4002.0, "very angry", 0.5),
        NamedSpan(1, 0.0, 1.25, "sad", 1.0),
    ]
    lines = to_rttm(stretches, "my call").splitlines()
    found = [match.groupdict() for line in lines if (match := LINE.fullmatch(line))]
    assert found == [
        {
            "file": "my_call",
            "channel": "1",
            "start": "0.000",
            "duration": "1.250",
            "name": "sad",
            "confidence": "1.000",
        },
        {
            "file": "my_call",
            "channel": "2",
            "start": "4000.500",
            "duration": "1.500",
            "name": "very_angry",
            "confidence": "0.500",
        },
    ]


def test_no_name_moves_the_fields() -> None:
    (line,) = to_rttm([NamedSpan(1, 0.0, 1.0, "a\n b", 0.0)], " ").splitlines()
    assert line == "SPEAKER <NA> 1 0.000 1.000 <NA> <NA> a_b 0.000 <NA>"


def test_no_spans_make_an_empty_rttm_file() -> None:
    assert to_rttm([], "call") == ""
