"""The segments as a reader sees them."""

from __future__ import annotations

from tests.inference.timeline.made_timelines import LABELS, call, mixed, timeline, track

from emotion_classifier.inference.timeline.channels import Recorded
from emotion_classifier.inference.timeline.table import timeline_table


def test_segments_stand_in_order_with_the_tone_of_the_whole() -> None:
    table = timeline_table(mixed())
    assert table.title == "calls/my call.wav, 00:00:03.0"
    assert table.columns == ("start", "end", "answer", "confidence")
    assert table.rows == [
        ("00:00:00.0", "00:00:01.0", "angry", "0.70"),
        ("00:00:01.0", "00:00:02.0", "no speech", ""),
        ("00:00:02.0", "00:00:03.0", "happy", "0.70"),
    ]
    assert table.notes == ["the whole: angry (angry 0.60, neutral 0.13, happy 0.13, sad 0.13)"]


def test_speakers_of_a_call_are_named_in_order_of_time() -> None:
    table = timeline_table(call())
    assert [row[2] for row in table.rows] == ["channel 1", "channel 2"] * 4
    assert [note.split(":")[0] for note in table.notes] == [
        "the whole of channel 1",
        "the whole of channel 2",
    ]


def test_a_recording_without_speech_has_no_tone() -> None:
    silent = Recorded("a.wav", LABELS, (track("", timeline(["sad"], [])),))
    assert timeline_table(silent).notes == ["the whole: no speech"]
