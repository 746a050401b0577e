"""Who speaks when two do: properties, and the cases that the definitions name."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.timeline.turn_taking import (
    Floor,
    alone,
    betweens,
    stretches,
    units_of,
)

DURATION = 20.0


@st.composite
def speech(draw: st.DrawFn) -> list[Interval]:
    """Stretches in order; on a grid, so that both speakers often change at the same time."""
    times = sorted(draw(st.lists(st.integers(0, 80), max_size=14)))
    return [Interval(a / 4, b / 4) for a, b in zip(times[::2], times[1::2], strict=False)]


def talk(intervals: list[Interval]) -> float:
    return sum(one.end_seconds - one.start_seconds for one in intervals)


@given(speech(), speech())
def test_the_floor_covers_the_call_and_neighbours_differ(
    first: list[Interval], second: list[Interval]
) -> None:
    floor = stretches(units_of(first), units_of(second), DURATION)
    assert floor[0].start_seconds == 0.0
    assert floor[-1].end_seconds == DURATION
    for one, following in pairwise(floor):
        assert one.end_seconds == following.start_seconds
        assert one.floor != following.floor
    assert all(one.seconds > 0 for one in floor)


@given(speech(), speech())
def test_talk_time_overlap_and_silence_add_up(
    first: list[Interval], second: list[Interval]
) -> None:
    units = units_of(first), units_of(second)
    seconds = dict.fromkeys(("first", "second", "both", "nobody"), 0.0)
    for one in stretches(*units, DURATION):
        seconds[one.floor] += one.seconds
    assert seconds["first"] + seconds["both"] == pytest.approx(talk(units[0]))
    assert seconds["second"] + seconds["both"] == pytest.approx(talk(units[1]))
    assert sum(seconds.values()) == pytest.approx(DURATION)


@given(speech(), speech())
def test_speakers_who_change_places_change_only_the_names(
    first: list[Interval], second: list[Interval]
) -> None:
    other: dict[Floor, Floor] = {"first": "second", "second": "first"}
    floor = stretches(first, second, DURATION)
    swapped = stretches(second, first, DURATION)
    assert [one._replace(floor=other.get(one.floor, one.floor)) for one in floor] == swapped


@given(speech(), st.floats(0.0, 2.0))
def test_units_are_apart_and_lose_no_speech(intervals: list[Interval], longest: float) -> None:
    units = units_of(intervals, longest)
    assert all(b.start_seconds - a.end_seconds > longest for a, b in pairwise(units))
    assert talk(units) >= talk(intervals)
    for one in intervals:
        if one.end_seconds > one.start_seconds:
            assert any(
                unit.start_seconds <= one.start_seconds and one.end_seconds <= unit.end_seconds
                for unit in units
            )


def test_each_silence_and_overlap_knows_who_speaks_around_it() -> None:
    first = [Interval(1, 3), Interval(4, 6), Interval(8, 12)]
    second = [Interval(5, 7), Interval(9, 10)]
    found = [
        (one.stretch.start_seconds, one.stretch.floor, one.before, one.after)
        for one in betweens(stretches(first, second, 14.0))
    ]
    assert found == [
        (0.0, "nobody", None, "first"),
        (3, "nobody", "first", "first"),  # a pause
        (5, "both", "first", "second"),  # an overlap between speakers
        (7, "nobody", "second", "first"),  # a gap
        (9, "both", "first", "first"),  # an overlap within a speaker
        (12, "nobody", "first", None),
    ]


def test_speech_behind_the_end_is_cut_and_a_silent_call_is_silent() -> None:
    (only,) = stretches([], [], 3.0)
    assert (only.seconds, only.floor, alone(only)) == (3.0, "nobody", False)
    assert [one.floor for one in stretches([Interval(1.0, 9.0)], [], 3.0)] == ["nobody", "first"]
    assert stretches([], [], 0.0) == []
