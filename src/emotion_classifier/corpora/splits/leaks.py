"""Speakers and recordings that are in more than one part."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from emotion_classifier.corpora.splits.split import PARTS, Part, Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import abridged


@dataclass(frozen=True)
class Leak:
    """A speaker or recording that is in two parts.

    Parameters
    ----------
    message : the speaker or recording, and the parts.
    corpora : names of the corpora concerned.
    """

    message: str
    corpora: frozenset[str]


def find_leaks(
    split: Split,
    utterances: Iterable[Utterance],
    content_hashes: Mapping[str, str] | None = None,
) -> tuple[Leak, ...]:
    """Every speaker, then every recording, that is in two parts of the split.

    Parameters
    ----------
    split : utterances without a part leak nothing.
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
        Leak(f"speaker {speaker} is in {_parts_text(counts)}", frozenset({corpora[speaker]}))
        for speaker, counts in sorted(parts.items())
        if len(counts) > 1
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
        counts = Counter(split.parts[u.id] for u in same)
        if len(counts) > 1:
            names = abridged(sorted(u.id for u in same))
            message = f"the same recording is in {_parts_text(counts)}: {names}"
            leaks.append(Leak(message, frozenset(u.corpus for u in same)))
    return leaks


def _parts_text(counts: Counter[Part]) -> str:
    return " and ".join(f"{part} ({counts[part]})" for part in PARTS if counts[part])
