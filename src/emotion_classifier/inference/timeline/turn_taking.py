"""Who has the floor in a call of two speakers: pure functions on stretches of speech.

Words and rules follow M. Heldner and J. Edlund, "Pauses, gaps and overlaps in conversations",
Journal of Phonetics 38 (2010) 555-568. Speech of one speaker is joined over silences of up to
`LONGEST_BREAK_SECONDS` to inter-pausal units; at each moment the first speaker, the second, both or
nobody speaks. What stands between two stretches in which one speaks alone is

- silence: a *pause* where the same one speaks before and after, a *gap* where the other one does;
- overlap: *within* a speaker who goes on alone (often "mhm"), or *between* speakers where the other
  one goes on alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Literal, NamedTuple, TypeAlias

from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.units import Seconds

LONGEST_BREAK_SECONDS: Seconds = 0.2
"""A longer silence ends an inter-pausal unit: closures of stop consonants are shorter."""

Floor: TypeAlias = Literal["first", "second", "both", "nobody"]
_FLOOR: dict[tuple[bool, bool], Floor] = {
    (True, False): "first",
    (False, True): "second",
    (True, True): "both",
    (False, False): "nobody",
}


class Stretch(NamedTuple):
    """A longest stretch of time with the same floor."""

    start_seconds: Seconds
    end_seconds: Seconds
    floor: Floor

    @property
    def seconds(self) -> Seconds:
        """Its duration."""
        return self.end_seconds - self.start_seconds


class Between(NamedTuple):
    """A silence or an overlap, and who speaks alone before and after it.

    Parameters
    ----------
    before, after : None at the ends of the recording.
    """

    stretch: Stretch
    before: Floor | None
    after: Floor | None


def units_of(
    speech: Iterable[Interval], longest_break_seconds: Seconds = LONGEST_BREAK_SECONDS
) -> list[Interval]:
    """The inter-pausal units of one speaker, in order.

    Parameters
    ----------
    speech : where the speaker speaks, in order of start; empty intervals count for nothing.
    """
    units: list[Interval] = []
    for one in speech:
        if one.end_seconds <= one.start_seconds:
            continue
        if units and one.start_seconds - units[-1].end_seconds <= longest_break_seconds:
            last = units.pop()
            one = Interval(last.start_seconds, max(last.end_seconds, one.end_seconds))
        units.append(one)
    return units


def stretches(
    first: Sequence[Interval], second: Sequence[Interval], duration_seconds: Seconds
) -> list[Stretch]:
    """Who speaks from 0 to the duration, without gaps; neighbours differ.

    Parameters
    ----------
    first, second : units of each speaker, in order and apart from each other.
    """
    pieces = [piece for piece in _pieces(first, second, duration_seconds) if piece.seconds > 0]
    merged = []
    for floor, group in groupby(pieces, attrgetter("floor")):
        same = list(group)
        merged.append(Stretch(same[0].start_seconds, same[-1].end_seconds, floor))
    return merged


def _pieces(
    first: Sequence[Interval], second: Sequence[Interval], duration_seconds: Seconds
) -> Iterator[Stretch]:
    changes = [(0.0, 0, False), (0.0, 1, False), (duration_seconds, 0, False)]
    for speaker, units in enumerate((first, second)):
        for unit in units:
            changes.append((min(unit.start_seconds, duration_seconds), speaker, True))
            changes.append((min(unit.end_seconds, duration_seconds), speaker, False))
    speaking = [False, False]
    # A stable sort: at one time the changes of a speaker keep their order.
    for (time, speaker, state), (next_time, _, _) in pairwise(sorted(changes, key=lambda c: c[0])):
        speaking[speaker] = state
        yield Stretch(time, next_time, _FLOOR[speaking[0], speaking[1]])


def betweens(floor: Sequence[Stretch]) -> list[Between]:
    """Every silence and overlap, in order, with who speaks alone around it."""
    before: list[Floor | None] = []
    last: Floor | None = None
    for one in floor:
        before.append(last)
        last = one.floor if alone(one) else last
    after: list[Floor | None] = []
    following: Floor | None = None
    for one in reversed(floor):
        after.append(following)
        following = one.floor if alone(one) else following
    around = zip(floor, before, reversed(after), strict=True)
    return [Between(*three) for three in around if not alone(three[0])]


def alone(stretch: Stretch) -> bool:
    """Whether exactly one speaks."""
    return stretch.floor in {"first", "second"}
