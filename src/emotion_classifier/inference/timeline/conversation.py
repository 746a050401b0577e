"""Turn taking of two speakers: talk time, turns, overlaps, interruptions, silences.

Terms and rules follow M. Heldner and J. Edlund, "Pauses, gaps and overlaps in conversations",
Journal of Phonetics 38 (2010) 555-568. The intervals of speech of a timeline are inter-pausal units (see
`inference.vad.silero`); at each moment the first speaker, the second, both or neither speaks. Between two intervals in which one speaks alone is

- silence: a *pause* if the same speaker speaks before and after, a *gap* if the other one does;
- overlap: *within* a speaker who goes on alone (often "mhm"), or *between* speakers if the other one
  goes on alone.

Further rules:

- a *turn* lasts from where a speaker first speaks alone to where this speaker last does so before the
  other one speaks alone;
- an *interruption* by B is an overlap between speakers (A speaks alone, both, then B alone: B starts
  while A speaks, and A stops) of at least `MINIMUM_INTERRUPTION_SECONDS`. Shorter ones are mostly turns
  that start a little early, because listeners foresee the end of a turn (S. Levinson and F. Torreira,
  Frontiers in Psychology 6:731, 2015); the limit is our choice. An overlap after which A goes on alone
  is counted as an overlap only.

These are timings, without regard to the words: an interruption need not be impolite.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median
from typing import Literal, NamedTuple, TypeAlias

from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.inference.events import ConversationEvent, SpeakerSummary, answer_fields
from emotion_classifier.inference.timeline.analyse import ChannelTimeline
from emotion_classifier.rendering.tables import Table
from emotion_classifier.units import Seconds

MINIMUM_INTERRUPTION_SECONDS: Seconds = 0.4
"""Shortest overlap that counts as an interruption."""

SpeakerState: TypeAlias = Literal["first", "second", "both", "silence"]
_STATES: dict[tuple[bool, bool], SpeakerState] = {
    (True, False): "first",
    (False, True): "second",
    (True, True): "both",
    (False, False): "silence",
}


@dataclass(frozen=True)
class StateInterval(Interval):
    """Longest interval of time with the same speaker state."""

    state: SpeakerState

    @property
    def is_solo(self) -> bool:
        """Whether exactly one speaks."""
        return self.state in {"first", "second"}


class Transition(NamedTuple):
    """Silence or overlap, and who speaks alone before and after it; None at the ends of the recording."""

    interval: StateInterval
    before: SpeakerState | None
    after: SpeakerState | None


def state_intervals(
    first: Sequence[Interval], second: Sequence[Interval], duration_seconds: Seconds
) -> list[StateInterval]:
    """Who speaks from 0 to the duration, without gaps; neighbours differ.

    The intervals of speech of each speaker must be in order and disjoint.
    """
    times = (t for one in (*first, *second) for t in (one.start_seconds, one.end_seconds))
    borders = sorted({0.0, duration_seconds, *(min(time, duration_seconds) for time in times)})
    pieces = (
        StateInterval(start, end, _STATES[_speaks(first, start), _speaks(second, start)])
        for start, end in pairwise(borders)
    )
    merged = []
    for state, group in groupby(pieces, lambda piece: piece.state):
        same = list(group)
        merged.append(StateInterval(same[0].start_seconds, same[-1].end_seconds, state))
    return merged


def _speaks(speech: Sequence[Interval], seconds: Seconds) -> bool:
    """Whether one of the intervals includes a time, its end excluded."""
    started = bisect_right(speech, seconds, key=lambda one: one.start_seconds)
    return started > bisect_right(speech, seconds, key=lambda one: one.end_seconds)


def transitions(states: Sequence[StateInterval]) -> list[Transition]:
    """Every silence and overlap, in order, with who speaks alone before and after."""
    before = _last_solos(states)
    after = reversed(_last_solos(states[::-1]))
    around = zip(states, before, after, strict=True)
    return [Transition(*three) for three in around if not three[0].is_solo]


def _last_solos(states: Sequence[StateInterval]) -> list[SpeakerState | None]:
    """Who spoke alone last, before each of the intervals."""
    solos: list[SpeakerState | None] = [None]
    for interval in states:
        solos.append(interval.state if interval.is_solo else solos[-1])
    return solos[:-1]


def conversation_of(first: ChannelTimeline, second: ChannelTimeline) -> ConversationEvent:
    """Turn taking of the speakers on two channels of one recording."""
    duration = max(first.timeline.duration_seconds, second.timeline.duration_seconds)
    states = state_intervals(first.timeline.speech, second.timeline.speech, duration)
    overlaps = [one.duration_seconds for one in states if one.state == "both"]
    silences = [one.duration_seconds for one in states if one.state == "silence"]
    gaps = [
        interval.duration_seconds
        for interval, before, after in transitions(states)
        if interval.state == "silence" and {before, after} == {"first", "second"}
    ]
    return ConversationEvent(
        duration_seconds=duration,
        overlap_seconds=sum(overlaps, start=0.0),
        overlaps=len(overlaps),
        silence_seconds=sum(silences, start=0.0),
        longest_silence_seconds=max(silences, default=0.0),
        median_gap_seconds=median(gaps) if gaps else None,
        speakers=(_summary(first, "first", states), _summary(second, "second", states)),
    )


def _summary(
    channel: ChannelTimeline, state: SpeakerState, states: Sequence[StateInterval]
) -> SpeakerSummary:
    turns = _turn_durations(state, states)
    talk = [one.duration_seconds for one in states if one.state in {state, "both"}]
    return SpeakerSummary(
        speaker=channel.speaker,
        talk_seconds=sum(talk, start=0.0),
        turns=len(turns),
        longest_turn_seconds=max(turns, default=0.0),
        interruptions_seconds=tuple(
            interval.start_seconds
            for interval, before, after in transitions(states)
            if interval.state == "both"
            and after == state
            and before not in {state, None}
            and interval.duration_seconds >= MINIMUM_INTERRUPTION_SECONDS
        ),
        **answer_fields(channel.timeline.tone),
    )


def _turn_durations(speaker: SpeakerState, states: Sequence[StateInterval]) -> list[Seconds]:
    """Duration of each turn of the speaker."""
    solos = [one for one in states if one.is_solo]
    turns = [(state, list(group)) for state, group in groupby(solos, lambda one: one.state)]
    return [
        turn[-1].end_seconds - turn[0].start_seconds for state, turn in turns if state == speaker
    ]


def conversation_table(conversation: ConversationEvent) -> Table:
    """A row for each speaker; figures of both are in the notes."""
    duration = conversation.duration_seconds
    gap = conversation.median_gap_seconds
    notes = (
        f"overlaps: {conversation.overlaps}, together "
        f"{_share(conversation.overlap_seconds, duration)}",
        f"silence: {_share(conversation.silence_seconds, duration)}, "
        f"longest {conversation.longest_silence_seconds:.1f} s"
        + ("" if gap is None else f", median gap between speakers {gap:.2f} s"),
    )
    return Table(
        "Conversation",
        ("speaker", "talks", "turns", "longest turn", "interrupts", "tone"),
        [_row(speaker, duration) for speaker in conversation.speakers],
        notes=notes,
    )


def _row(speaker: SpeakerSummary, duration_seconds: Seconds) -> tuple[str, ...]:
    is_emotion = speaker.answer in (speaker.probabilities or {})
    return (
        speaker.speaker,
        _share(speaker.talk_seconds, duration_seconds),
        str(speaker.turns),
        f"{speaker.longest_turn_seconds:.1f} s",
        str(len(speaker.interruptions_seconds)),
        f"{speaker.answer} {speaker.confidence:.2f}" if is_emotion else speaker.answer,
    )


def _share(seconds: Seconds, duration_seconds: Seconds) -> str:
    share = seconds / duration_seconds if duration_seconds else 0.0
    return f"{seconds:.1f} s ({share:.0%})"
