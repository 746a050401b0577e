"""Rows of recordings and of segments."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.inference.timeline.made_timelines import LABELS, call, channel, mixed, timeline

from emotion_classifier.errors import AudioError
from emotion_classifier.inference.files.formats import CsvOptions, to_csv
from emotion_classifier.inference.files.row_layout import flat
from emotion_classifier.inference.timeline.analyse import RecordingTimelines
from emotion_classifier.inference.timeline.summary import (
    RecordingSummary,
    segment_layout,
    segment_rows,
    summary_layout,
)

FAILURE = RecordingSummary.of_error(Path("x.wav"), AudioError(None, "truncated", "it is cut"))


def cells(row: RecordingSummary, *, split: bool) -> dict[str, str]:
    text = to_csv(summary_layout(LABELS, split=split), [row], CsvOptions())
    (found,) = csv.DictReader(io.StringIO(text, newline=""))
    return found


def test_a_row_has_shares_of_the_whole_and_of_each_quarter() -> None:
    row = cells(RecordingSummary.of(mixed()), split=False)
    assert (row["file"], row["duration_seconds"], row["answer"]) == (
        *("calls/my call.wav", "3.000", "angry"),
    )
    assert (row["speech_seconds"], row["confidence"]) == ("1.675", "0.600000")
    assert (row["share_angry"], row["share_happy"]) == ("0.500000", "0.500000")
    assert (row["share_sad"], row["share_uncertain"]) == ("0.000000", "0.000000")
    answers = [row[f"quarter_{number}_answer"] for number in range(1, 5)]
    # Angry until 1 s, no speech until 2 s, then happy: quarters of 0.75 s.
    assert answers == ["angry", "angry", "happy", "happy"]
    assert row["quarter_1_share_angry"] == row["quarter_4_share_happy"] == "1.000000"
    assert (row["code"], row["error"]) == ("", "")


def test_a_row_of_a_call_has_columns_of_both_speakers() -> None:
    row = cells(RecordingSummary.of(call()), split=True)
    names = ("speaker", "talk_seconds", "turns", "interruptions", "share_angry", "quarter_4_answer")
    assert [row[f"channel_1_{name}"] for name in names] == [
        *("channel 1", "2.500", "2", "0", "0.666667", "sad"),
    ]
    assert [row[f"channel_2_{name}"] for name in names] == [
        *("channel 2", "1.250", "1", "1", "", "no speech"),  # no tone
    ]
    assert row["overlap_seconds"] == "0.500"


def test_the_file_that_cannot_be_used_is_a_row_that_says_why() -> None:
    for split in (False, True):
        row = cells(FAILURE, split=split)
        assert {name: value for name, value in row.items() if value} == {
            "file": "x.wav",
            "code": "truncated",
            "error": "it is cut",
        }
    assert FAILURE.failed
    assert "truncated: it is cut" in summary_layout(LABELS, split=False).line(FAILURE)


@pytest.mark.parametrize("recording", [mixed(), call()], ids=["mixed", "call"])
def test_every_field_of_a_record_has_a_column(recording: RecordingTimelines) -> None:
    layout = summary_layout(LABELS, split=len(recording.channels) > 1)
    for row in (RecordingSummary.of(recording), FAILURE):
        record = json.loads(json.dumps(layout.record(row)))
        assert set(flat(record)) <= set(layout.names)
    assert len(set(layout.names)) == len(layout.names)


def test_a_line_names_answer_shares_and_trend() -> None:
    line = summary_layout(LABELS, split=False).line(RecordingSummary.of(mixed()))
    assert line.split() == [
        *("angry", "3.0", "s", "1.7", "s", "happy", "50%,", "angry", "50%"),
        *("angry", ">", "angry", ">", "happy", ">", "happy", "calls/my", "call.wav"),
    ]
    lines = summary_layout(LABELS, split=True).line(RecordingSummary.of(call())).splitlines()
    assert [one.rsplit(", ")[-1] for one in lines] == ["channel 1", "channel 2"]


def test_a_warning_is_in_the_row_and_its_line() -> None:
    made = replace(timeline(["sad"], [(0.0, 1.0)]), warning="check the cables")
    row = RecordingSummary.of(RecordingTimelines("a.wav", LABELS, (channel(None, made),)))
    assert cells(row, split=False)["warning"] == "check the cables"
    assert "check the cables" in summary_layout(LABELS, split=False).line(row)


def test_a_recording_without_speech_has_no_shares() -> None:
    silent = RecordingTimelines("a.wav", LABELS, (channel(None, timeline(["no speech"], [])),))
    row = cells(RecordingSummary.of(silent), split=False)
    assert (row["answer"], row["share_sad"], row["quarter_1_answer"]) == (
        *("no speech", "", "no speech"),
    )


def test_segments_with_speech_are_rows() -> None:
    text = to_csv(segment_layout(), segment_rows(call()), CsvOptions())
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(row["speaker"], row["start_seconds"], row["answer"]) for row in rows] == [
        ("channel 1", "0.000", "angry"),
        ("channel 1", "1.000", "angry"),
        ("channel 1", "3.000", "sad"),
        ("channel 2", "1.000", "happy"),
        ("channel 2", "2.000", "happy"),
    ]
