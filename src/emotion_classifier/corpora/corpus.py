"""A corpus as read: its utterances, and what could not be used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emotion_classifier.corpora.utterance import Utterance


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a file of a corpus.

    Parameters
    ----------
    path : the file.
    code : a short stable name, as in `AudioError.code`, or ``name``, ``label``, ``speaker``,
        ``duplicate``, ``modality`` (the sound of a video), ``format`` (not read), ``clipped``, or
        ``notice`` (about the corpus as a whole: worth knowing, and no fault of a file).
    message : what is wrong, the rule and the remedy.
    """

    path: Path
    code: str
    message: str


@dataclass(frozen=True)
class Corpus:
    """Utterances in a stable order (by id), and the files that could not become one.

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
