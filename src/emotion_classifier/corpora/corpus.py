"""A corpus as read: its utterances, and the files that cannot be used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from emotion_classifier.audio.file_type import AUDIO_SUFFIXES
from emotion_classifier.corpora.utterance import Utterance


@dataclass(frozen=True)
class Problem:
    """A fault of a file of a corpus.

    Parameters
    ----------
    path : the file.
    code : a short stable name, as in `AudioError.code`, or ``name``, ``label``, ``speaker``,
        ``duplicate``, ``modality`` (the sound of a video), ``format`` (not read), ``clipped``, or
        ``notice`` (about the corpus as a whole, no fault of a file).
    message : the fault, the rule and the remedy.
    """

    path: Path
    code: str
    message: str


@dataclass(frozen=True)
class Corpus:
    """Utterances in a stable order (by id), and the files that were left out.

    Parameters
    ----------
    name : of the corpus.
    root : the folder (or table) it was read from.
    utterances : sorted by id.
    problems : files that were left out, each with the reason.
    """

    name: str
    root: Path
    utterances: tuple[Utterance, ...]
    problems: tuple[Problem, ...] = ()


def assemble(
    name: str, root: Path, utterances: Iterable[Utterance], problems: Iterable[Problem]
) -> Corpus:
    """Corpus sorted by id; of several utterances with one id the first by path is kept.

    Archives that hold every file twice are common (RAVDESS and TESS on Kaggle do): the copies
    become problems with the code ``duplicate`` that name both files.
    """
    kept: dict[str, Utterance] = {}
    found = list(problems)
    for utterance in sorted(utterances, key=lambda utterance: (utterance.id, utterance.path)):
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
        f"is a second {utterance.id} beside {first.path}, which is used: "
        "names must be unique within a corpus; remove one of the two",
    )
