"""Tables of a recording for the terminal."""

from __future__ import annotations

from dataclasses import replace

from tests.inference.timeline.made_timelines import LABELS, call, channel, mixed, timeline

from emotion_classifier.inference.timeline.analyse import RecordingTimelines
from emotion_classifier.inference.timeline.tables import overview_tables, segment_table


def test_the_overview_has_shares_of_the_whole_and_of_quarters() -> None:
    (table,) = overview_tables(mixed())
    assert table.title == "calls/my call.wav, 00:00:03.0"
    assert table.rows == [
        ("happy", "50%", "0%", "0%", "100%", "100%"),
        ("angry", "50%", "100%", "100%", "0%", "0%"),
    ]
    assert [one.title for one in overview_tables(call())] == [
        "calls/my call.wav, channel 1, 00:00:04.0",
        "calls/my call.wav, channel 2, 00:00:04.0",
    ]


def test_the_table_has_segments_in_order_and_the_tone_in_its_note() -> None:
    table = segment_table(mixed())
    assert table.title == "calls/my call.wav, 00:00:03.0"
    assert table.columns == ("start", "end", "answer", "confidence")
    assert table.rows == [
        ("00:00:00.0", "00:00:01.0", "angry", "0.70"),
        ("00:00:01.0", "00:00:02.0", "no speech", ""),
        ("00:00:02.0", "00:00:03.0", "happy", "0.70"),
    ]
    assert table.notes == ["the whole: angry (angry 0.60, neutral 0.13, happy 0.13, sad 0.13)"]


def test_the_table_of_a_call_names_the_speakers() -> None:
    table = segment_table(call())
    assert [row[2] for row in table.rows] == ["channel 1", "channel 2"] * 4
    assert [note.split(":")[0] for note in table.notes] == [
        "the whole of channel 1",
        "the whole of channel 2",
    ]


def test_the_note_has_the_warning() -> None:
    made = replace(timeline(["sad"], [(0.0, 1.0)]), warning="check the cables")
    recording = RecordingTimelines("a.wav", LABELS, (channel(None, made),))
    for table in (segment_table(recording), *overview_tables(recording)):
        assert "check the cables" in table.notes[0]


def test_the_note_of_a_recording_without_speech() -> None:
    silent = RecordingTimelines("a.wav", LABELS, (channel(None, timeline(["sad"], [])),))
    assert segment_table(silent).notes == ["the whole: no speech"]
