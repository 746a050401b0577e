"""A conversation in words and as a record."""

from __future__ import annotations

import json

from tests.inference.timeline.made_timelines import call, timeline, track

from emotion_classifier.inference.timeline.conversation import conversation_of
from emotion_classifier.inference.timeline.conversation_report import (
    conversation_record,
    conversation_table,
)


def test_the_table_has_a_row_for_each_speaker() -> None:
    table = conversation_table(conversation_of(*call().tracks))
    assert table.title == "Conversation"
    assert table.columns == ("speaker", "talks", "turns", "longest turn", "interrupts", "tone")
    assert table.rows == [
        ("channel 1", "2.5 s (62%)", "2", "1.5 s", "0", "angry 0.60"),
        ("channel 2", "1.2 s (31%)", "1", "0.8 s", "1", "no speech"),
    ]
    assert table.notes == (
        "overlaps: 1, together 0.5 s (12%)",
        "silence: 0.8 s (19%), longest 0.5 s, median before the other one answers 0.25 s",
    )


def test_a_silent_call_has_no_numbers_that_are_none() -> None:
    silent = track("A", timeline(["sad"], []))
    conversation = conversation_of(silent, silent)
    record = json.loads(json.dumps(conversation_record(conversation), allow_nan=False))
    assert record["median_gap_seconds"] is None
    assert [part["tone"] for part in record["speakers"]] == [None, None]
    assert {row[-1] for row in conversation_table(conversation).rows} == {"no speech"}


def test_the_record_holds_every_figure() -> None:
    record = conversation_record(conversation_of(*call().tracks))
    assert record["event"] == "conversation"
    assert (record["overlap_seconds"], record["overlaps"]) == (0.5, 1)
    speakers = record["speakers"]
    assert isinstance(speakers, list)
    assert speakers[1]["interruptions_seconds"] == [1.5]
    assert speakers[0]["tone_answer"] == "angry"
