"""What a call of two speakers was like: talk time, turns, overlaps, interruptions, silences.

The floor is that of `inference.timeline.turn_taking`. Further rules:

- a *turn* lasts from where a speaker first speaks alone to where this one last does so before the
  other one speaks alone;
- an *interruption* by B is an overlap between speakers (A speaks alone, both, then B alone: B starts
  while A speaks, and A is the one who stops) of at least `LEAST_INTERRUPTION_SECONDS`. Shorter ones
  are mostly turns taken a little early, because listeners foresee the end of a turn (S. Levinson and
  F. Torreira, Frontiers in Psychology 6:731, 2015); where to draw the line is our choice. An overlap
  after which A goes on alone is counted as an overlap only.

These are timings, without regard to what was said: an interruption need not be a rude one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from emotion_classifier.emotions.prediction import Prediction
from emotion_classifier.inference.timeline.channels import Track
from emotion_classifier.inference.timeline.turn_taking import (
    Between,
    Floor,
    Stretch,
    alone,
    betweens,
    stretches,
    units_of,
)
from emotion_classifier.units import Seconds

LEAST_INTERRUPTION_SECONDS: Seconds = 0.4


@dataclass(frozen=True, eq=False)
class SpeakerPart:
    """What one speaker had of a call.

    Parameters
    ----------
    talk_seconds : in which this one speaks, alone or not, without silences over 0.2 s.
    turns : how many.
    longest_turn_seconds : 0 without a turn.
    interruptions_seconds : where this one's interruptions of the other one begin.
    tone : of the whole; None where this one never speaks.
    """

    speaker: str
    talk_seconds: Seconds
    turns: int
    longest_turn_seconds: Seconds
    interruptions_seconds: tuple[Seconds, ...]
    tone: Prediction | None


@dataclass(frozen=True, eq=False)
class Conversation:
    """A call of two speakers.

    ``sum of talk_seconds - overlap_seconds + silence_seconds == duration_seconds``.

    Parameters
    ----------
    parts : of the first and the second speaker.
    overlap_seconds, overlaps : in which both speak, and how often.
    silence_seconds, longest_silence_seconds : in which nobody speaks.
    median_gap_seconds : of the silences between speakers; None without any.
    """

    duration_seconds: Seconds
    parts: tuple[SpeakerPart, SpeakerPart]
    overlap_seconds: Seconds
    overlaps: int
    silence_seconds: Seconds
    longest_silence_seconds: Seconds
    median_gap_seconds: Seconds | None


def conversation_of(first: Track, second: Track) -> Conversation:
    """The conversation on two tracks of one recording."""
    duration = max(first.timeline.duration_seconds, second.timeline.duration_seconds)
    units = [units_of(track.timeline.speech) for track in (first, second)]
    floor = stretches(units[0], units[1], duration)
    between = betweens(floor)
    overlaps = [one.seconds for one in floor if one.floor == "both"]
    silences = [one.seconds for one in floor if one.floor == "nobody"]
    gaps = [one.stretch.seconds for one in between if _is_gap(one)]
    return Conversation(
        duration_seconds=duration,
        parts=(_part(first, "first", floor), _part(second, "second", floor)),
        overlap_seconds=sum(overlaps, start=0.0),
        overlaps=len(overlaps),
        silence_seconds=sum(silences, start=0.0),
        longest_silence_seconds=max(silences, default=0.0),
        median_gap_seconds=median(gaps) if gaps else None,
    )


def turn_durations(floor: Sequence[Stretch], speaker: Floor) -> list[Seconds]:
    """How long each turn of the `speaker` lasts, from the first word alone to the last one."""
    solos = [one for one in floor if alone(one)]
    turns = [(holder, list(group)) for holder, group in groupby(solos, lambda one: one.floor)]
    return [
        turn[-1].end_seconds - turn[0].start_seconds for holder, turn in turns if holder == speaker
    ]


def interruptions_by(speaker: Floor, between: Sequence[Between]) -> list[Stretch]:
    """The overlaps with which the `speaker` interrupts the other one."""
    return [
        one.stretch
        for one in between
        if one.stretch.floor == "both"
        and one.after == speaker
        and one.before not in {speaker, None}
        and one.stretch.seconds >= LEAST_INTERRUPTION_SECONDS
    ]


def _is_gap(one: Between) -> bool:
    ends = {one.before, one.after}
    return one.stretch.floor == "nobody" and ends == {"first", "second"}


def _part(track: Track, speaker: Floor, floor: Sequence[Stretch]) -> SpeakerPart:
    turns = turn_durations(floor, speaker)
    interruptions = interruptions_by(speaker, betweens(floor))
    return SpeakerPart(
        speaker=track.speaker,
        talk_seconds=sum((one.seconds for one in floor if one.floor in {speaker, "both"}), 0.0),
        turns=len(turns),
        longest_turn_seconds=max(turns, default=0.0),
        interruptions_seconds=tuple(one.start_seconds for one in interruptions),
        tone=track.timeline.tone,
    )
