"""Talk time, turns, overlaps and interruptions of two speakers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inference.timeline.made_timelines import call, timeline, track

from emotion_classifier.inference.timeline.conversation import (
    LEAST_INTERRUPTION_SECONDS,
    Conversation,
    conversation_of,
)

Speech = list[tuple[float, float]]


def conversation(first: Speech, second: Speech, seconds: int = 20) -> Conversation:
    answers = ["sad"] * seconds
    return conversation_of(
        track("A", timeline(answers, first)), track("B", timeline(answers, second))
    )


def interruptions(first: Speech, second: Speech) -> tuple[int, int]:
    parts = conversation(first, second).parts
    return len(parts[0].interruptions_seconds), len(parts[1].interruptions_seconds)


def test_a_call_is_described() -> None:
    heard = conversation_of(*call().tracks)
    first, second = heard.parts
    assert (first.speaker, first.talk_seconds, first.turns) == ("channel 1", 2.5, 2)
    assert (second.speaker, second.talk_seconds, second.turns) == ("channel 2", 1.25, 1)
    assert (first.longest_turn_seconds, second.longest_turn_seconds) == (1.5, 0.75)
    assert (first.interruptions_seconds, second.interruptions_seconds) == ((), (1.5,))
    assert (heard.overlap_seconds, heard.overlaps) == (0.5, 1)
    assert (heard.silence_seconds, heard.longest_silence_seconds) == (0.75, 0.5)
    assert heard.median_gap_seconds == 0.25
    assert first.tone is not None
    assert first.tone.answer == "angry"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([(0, 4)], [(3, 8)], (0, 1)),
        ([(3, 8)], [(0, 4)], (1, 0)),
        ([(0, 8)], [(3, 4)], (0, 0)),  # the first one goes on: an overlap only
        ([(0, 4)], [(4.5, 8)], (0, 0)),  # the second one waited
        ([(0, 4)], [(3.7, 8)], (0, 0)),  # taken a little early
        ([(0, 4), (4.1, 8)], [(3, 5)], (0, 0)),  # a break of 0.1 s is no end
        ([(0, 4)], [(0, 8)], (0, 0)),  # nobody was there first
        ([(0, 4)], [(3, 4)], (0, 0)),  # both stop: nobody took the floor
        ([(0, 4), (7, 9)], [(3, 8)], (1, 1)),
    ],
)
def test_who_interrupts_whom(first: Speech, second: Speech, expected: tuple[int, int]) -> None:
    assert interruptions(first, second) == expected


@given(st.floats(0.01, 3.0))
def test_an_interruption_takes_a_least_time(overlap: float) -> None:
    begin = 4.0 - overlap
    long_enough = 4.0 - begin >= LEAST_INTERRUPTION_SECONDS
    assert interruptions([(0.0, 4.0)], [(begin, 8.0)]) == (0, int(long_enough))


def test_a_turn_lasts_over_pauses_until_the_other_one_speaks_alone() -> None:
    heard = conversation([(0, 2), (4, 6), (10, 11)], [(5, 5.5), (7, 9)])
    assert [part.turns for part in heard.parts] == [2, 1]
    assert heard.parts[0].longest_turn_seconds == 6.0


def test_a_call_in_which_nobody_speaks() -> None:
    heard = conversation([], [], seconds=3)
    assert heard.silence_seconds == heard.longest_silence_seconds == 3.0
    assert heard.median_gap_seconds is None
    assert all(part.tone is None and part.turns == 0 for part in heard.parts)


_TIMES = st.lists(st.floats(0, 20), max_size=16)


@given(_TIMES, _TIMES)
def test_the_times_add_up_and_turns_alternate(first: list[float], second: list[float]) -> None:
    pairs = [list(zip(t[::2], t[1::2], strict=False)) for t in (sorted(first), sorted(second))]
    heard = conversation(pairs[0], pairs[1])
    talked = sum(part.talk_seconds for part in heard.parts)
    accounted = talked - heard.overlap_seconds + heard.silence_seconds
    assert accounted == pytest.approx(heard.duration_seconds)
    assert abs(heard.parts[0].turns - heard.parts[1].turns) <= 1
    assert sum(len(part.interruptions_seconds) for part in heard.parts) <= heard.overlaps
