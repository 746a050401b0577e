"""Turn taking of two speakers: talk time, turns, overlaps and interruptions."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inference.timeline.made_timelines import call, channel, timeline

from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.events import ConversationEvent
from emotion_classifier.inference.timeline.conversation import (
    MINIMUM_INTERRUPTION_SECONDS,
    SpeakerState,
    conversation_of,
    conversation_table,
    state_intervals,
    transitions,
)

Speech = list[tuple[float, float]]


def conversation(first: Speech, second: Speech, seconds: int = 20) -> ConversationEvent:
    answers = ["sad"] * seconds
    return conversation_of(
        channel("A", timeline(answers, first)), channel("B", timeline(answers, second))
    )


def interruptions(first: Speech, second: Speech) -> tuple[int, int]:
    parts = conversation(first, second).speakers
    return len(parts[0].interruptions_seconds), len(parts[1].interruptions_seconds)


def test_a_call_is_described() -> None:
    found = conversation_of(*call().channels)
    first, second = found.speakers
    assert (first.speaker, first.talk_seconds, first.turns) == ("channel 1", 2.5, 2)
    assert (second.speaker, second.talk_seconds, second.turns) == ("channel 2", 1.25, 1)
    assert (first.longest_turn_seconds, second.longest_turn_seconds) == (1.5, 0.75)
    assert (first.interruptions_seconds, second.interruptions_seconds) == ((), (1.5,))
    assert (found.overlap_seconds, found.overlaps) == (0.5, 1)
    assert (found.silence_seconds, found.longest_silence_seconds) == (0.75, 0.5)
    assert found.median_gap_seconds == 0.25
    assert (first.answer, first.confidence) == ("angry", 0.6)
    assert (second.answer, second.confidence) == ("no speech", None)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([(0, 4)], [(3, 8)], (0, 1)),
        ([(3, 8)], [(0, 4)], (1, 0)),
        ([(0, 8)], [(3, 4)], (0, 0)),  # the first one goes on: an overlap only
        ([(0, 4)], [(4.5, 8)], (0, 0)),  # the second one waited
        ([(0, 4)], [(3.7, 8)], (0, 0)),  # taken a little early
        ([(0, 4)], [(0, 8)], (0, 0)),  # both start at once
        ([(0, 4)], [(3, 4)], (0, 0)),  # both stop
        ([(0, 4), (7, 9)], [(3, 8)], (1, 1)),
    ],
)
def test_interruptions_of_each_speaker(
    first: Speech, second: Speech, expected: tuple[int, int]
) -> None:
    assert interruptions(first, second) == expected


@given(st.floats(0.01, 3.0))
def test_an_interruption_has_a_minimum_duration(overlap: float) -> None:
    begin = 4.0 - overlap
    long_enough = 4.0 - begin >= MINIMUM_INTERRUPTION_SECONDS
    assert interruptions([(0.0, 4.0)], [(begin, 8.0)]) == (0, int(long_enough))


def test_a_turn_continues_over_pauses_until_the_other_speaks_alone() -> None:
    found = conversation([(0, 2), (4, 6), (10, 11)], [(5, 5.5), (7, 9)])
    assert [part.turns for part in found.speakers] == [2, 1]
    assert found.speakers[0].longest_turn_seconds == 6.0


def test_a_call_without_speech() -> None:
    found = conversation([], [], seconds=3)
    assert found.silence_seconds == found.longest_silence_seconds == 3.0
    assert found.median_gap_seconds is None
    assert all(part.answer == "no speech" and part.turns == 0 for part in found.speakers)


_TIMES = st.lists(st.floats(0, 20), max_size=16)


@given(_TIMES, _TIMES)
def test_the_times_add_up_and_turns_alternate(first: list[float], second: list[float]) -> None:
    pairs = [list(zip(t[::2], t[1::2], strict=False)) for t in (sorted(first), sorted(second))]
    found = conversation(pairs[0], pairs[1])
    talked = sum(part.talk_seconds for part in found.speakers)
    accounted = talked - found.overlap_seconds + found.silence_seconds
    assert accounted == pytest.approx(found.duration_seconds)
    assert abs(found.speakers[0].turns - found.speakers[1].turns) <= 1
    assert sum(len(part.interruptions_seconds) for part in found.speakers) <= found.overlaps


def test_the_table_has_a_row_for_each_speaker() -> None:
    table = conversation_table(conversation_of(*call().channels))
    assert table.title == "Conversation"
    assert table.columns == ("speaker", "talks", "turns", "longest turn", "interrupts", "tone")
    assert table.rows == [
        ("channel 1", "2.5 s (62%)", "2", "1.5 s", "0", "angry 0.60"),
        ("channel 2", "1.2 s (31%)", "1", "0.8 s", "1", "no speech"),
    ]
    assert table.notes == (
        "overlaps: 1, together 0.5 s (12%)",
        "silence: 0.8 s (19%), longest 0.5 s, median gap between speakers 0.25 s",
    )


def test_the_table_of_a_silent_call() -> None:
    silent = channel("A", timeline(["sad"], []))
    table = conversation_table(conversation_of(silent, silent))
    assert {row[-1] for row in table.rows} == {"no speech"}


DURATION = 20.0


@st.composite
def speech(draw: st.DrawFn) -> list[Interval]:
    """Disjoint intervals, on a grid, so that both speakers often change at the same time."""
    times = sorted(draw(st.lists(st.integers(0, 80), max_size=14, unique=True)))
    return [Interval(a / 4, b / 4) for a, b in zip(times[::2], times[1::2], strict=False)]


def talk(intervals: list[Interval]) -> float:
    return sum(one.duration_seconds for one in intervals)


@given(speech(), speech())
def test_states_cover_the_call_and_neighbours_differ(
    first: list[Interval], second: list[Interval]
) -> None:
    states = state_intervals(first, second, DURATION)
    assert states[0].start_seconds == 0.0
    assert states[-1].end_seconds == DURATION
    for one, following in pairwise(states):
        assert one.end_seconds == following.start_seconds
        assert one.state != following.state
    assert all(one.duration_seconds > 0 for one in states)


@given(speech(), speech())
def test_talk_time_overlap_and_silence_add_up(
    first: list[Interval], second: list[Interval]
) -> None:
    seconds = dict.fromkeys(("first", "second", "both", "silence"), 0.0)
    for one in state_intervals(first, second, DURATION):
        seconds[one.state] += one.duration_seconds
    assert seconds["first"] + seconds["both"] == pytest.approx(talk(first))
    assert seconds["second"] + seconds["both"] == pytest.approx(talk(second))
    assert sum(seconds.values()) == pytest.approx(DURATION)


@given(speech(), speech())
def test_swapped_speakers_swap_only_the_names(
    first: list[Interval], second: list[Interval]
) -> None:
    other: dict[SpeakerState, SpeakerState] = {"first": "second", "second": "first"}
    states = state_intervals(first, second, DURATION)
    swapped = state_intervals(second, first, DURATION)
    assert [replace(one, state=other.get(one.state, one.state)) for one in states] == swapped


def test_each_silence_and_overlap_has_who_speaks_before_and_after() -> None:
    first = [Interval(1, 3), Interval(4, 6), Interval(8, 12)]
    second = [Interval(5, 7), Interval(9, 10)]
    found = [
        (one.interval.start_seconds, one.interval.state, one.before, one.after)
        for one in transitions(state_intervals(first, second, 14.0))
    ]
    assert found == [
        (0.0, "silence", None, "first"),
        (3, "silence", "first", "first"),  # a pause
        (5, "both", "first", "second"),  # an overlap between speakers
        (7, "silence", "second", "first"),  # a gap
        (9, "both", "first", "first"),  # an overlap within a speaker
        (12, "silence", "first", None),
    ]


def test_speech_after_the_end_is_cut_and_a_silent_call_is_silent() -> None:
    (only,) = state_intervals([], [], 3.0)
    assert (only.duration_seconds, only.state, only.is_solo) == (3.0, "silence", False)
    assert [one.state for one in state_intervals([Interval(1.0, 9.0)], [], 3.0)] == [
        "silence",
        "first",
    ]
    assert state_intervals([], [], 0.0) == []
