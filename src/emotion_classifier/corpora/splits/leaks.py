"""Speakers and recordings that stand in more than one part."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from emotion_classifier.corpora.splits.abridged import abridged
from emotion_classifier.corpora.splits.split import PARTS, Part, Split
from emotion_classifier.corpora.utterance import Utterance


@dataclass(frozen=True)
class Leak:
    """One speaker or recording in two parts.

    Parameters
    ----------
    message : who or what, and where.
    corpora : those that it touches.
    """

    message: str
    corpora: frozenset[str]


def find_leaks(
    split: Split,
    utterances: Iterable[Utterance],
    content_hashes: Mapping[str, str] | None = None,
) -> tuple[Leak, ...]:
    """Every speaker, then every recording, that stands in two parts of the split.

    Parameters
    ----------
    split : may leave utterances out; those leak nothing.
    utterances : of all corpora.
    content_hashes : id → hash of the samples; None looks at speakers only.
    """
    used = [u for u in utterances if u.id in split.parts]
    leaks = [*_speakers(split, used)]
    if content_hashes is not None:
        leaks += _recordings(split, used, content_hashes)
    return tuple(leaks)


def _speakers(split: Split, utterances: list[Utterance]) -> list[Leak]:
    parts: defaultdict[str, Counter[Part]] = defaultdict(Counter)
    corpora = {}
    for utterance in utterances:
        parts[utterance.speaker_id][split.parts[utterance.id]] += 1
        corpora[utterance.speaker_id] = utterance.corpus
    return [
        Leak(f"speaker {speaker} is in {_where(held)}", frozenset({corpora[speaker]}))
        for speaker, held in sorted(parts.items())
        if len(held) > 1
    ]


def _recordings(
    split: Split, utterances: list[Utterance], content_hashes: Mapping[str, str]
) -> list[Leak]:
    copies: defaultdict[str, list[Utterance]] = defaultdict(list)
    for utterance in utterances:
        if utterance.id in content_hashes:
            copies[content_hashes[utterance.id]].append(utterance)
    leaks = []
    for same in copies.values():
        held = Counter(split.parts[u.id] for u in same)
        if len(held) > 1:
            names = abridged(sorted(u.id for u in same))
            message = f"the same recording is in {_where(held)}: {names}"
            leaks.append(Leak(message, frozenset(u.corpus for u in same)))
    return leaks


def _where(held: Counter[Part]) -> str:
    return " and ".join(f"{part} ({held[part]})" for part in PARTS if held[part])
