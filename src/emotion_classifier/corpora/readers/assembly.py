"""Utterances and problems put together to a corpus."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from emotion_classifier.audio.io import AUDIO_SUFFIXES
from emotion_classifier.corpora.corpus import Corpus, Problem
from emotion_classifier.corpora.utterance import Utterance


def assemble(
    name: str, root: Path, utterances: Iterable[Utterance], problems: Iterable[Problem]
) -> Corpus:
    """Corpus sorted by id; of several utterances with one id the first by path is kept.

    Archives that hold every file twice are common (RAVDESS and TESS on Kaggle do): the copies
    become problems with the code ``duplicate`` that name both files.
    """
    kept: dict[str, Utterance] = {}
    found = list(problems)
    for utterance in sorted(utterances, key=lambda one: (one.id, one.path)):
        first = kept.setdefault(utterance.id, utterance)
        if first is not utterance:
            found.append(_duplicate(utterance, first))
    return Corpus(name, root, tuple(kept.values()), tuple(found))


def without_suffix(path: str) -> str:
    """`path` without the suffix of an audio format, so that WAV and FLAC copies agree.

    >>> without_suffix("a/b.c.flac")
    'a/b.c'
    """
    stem, dot, suffix = path.rpartition(".")
    return stem if dot and f".{suffix.lower()}" in AUDIO_SUFFIXES else path


def _duplicate(utterance: Utterance, first: Utterance) -> Problem:
    return Problem(
        utterance.path,
        "duplicate",
        f"is {utterance.id} once more, as is {first.path}, which is used: "
        "names must be unique within a corpus; remove one of the two",
    )
