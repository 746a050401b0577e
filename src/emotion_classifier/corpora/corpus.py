"""A corpus as read: its utterances, and the files that cannot be used."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from emotion_classifier.audio.file_type import AUDIO_SUFFIXES, LOSSLESS_SUFFIXES
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import CorpusError, abridged


@dataclass(frozen=True)
class Problem:
    """A fault of a file of a corpus.

    Parameters
    ----------
    path : the file.
    code : a short stable name, as in `AudioError.code`, or ``name``, ``label``, ``speaker``,
        ``duplicate``, ``modality`` (the sound of a video), ``format`` (not read), ``clipped``,
        ``opposite-phase``, or ``notice`` (about the corpus as a whole, no fault of a file).
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
    name: str,
    root: Path,
    utterances: Iterable[Utterance],
    problems: Iterable[Problem],
    *,
    preferred_folder: str = "",
) -> Corpus:
    """Corpus sorted by id, with one utterance for each id.

    Of several, that in a folder named `preferred_folder` is kept, then a lossless one, then the first by
    path. Archives that hold every file twice are common (RAVDESS and TESS on Kaggle do): the copies
    become problems with the code ``duplicate`` that name both files; copies in another format
    (CREMA-D) are counted in a notice.

    Raises
    ------
    CorpusError
        Utterances with one id have different emotions or speakers.
    """
    used: dict[str, Utterance] = {}
    same: defaultdict[str, list[Utterance]] = defaultdict(list)
    for utterance in utterances:
        if used.setdefault(utterance.id, utterance) is not utterance:
            same[utterance.id].append(utterance)
    copies: list[tuple[Utterance, Utterance]] = []
    order = partial(_preference, preferred_folder)
    for clip, others in sorted(same.items()):
        used[clip], *unused = sorted([used[clip], *others], key=order)
        copies += [(copy, used[clip]) for copy in unused]
    _require_equal_labels(root, copies)
    found = (*problems, *_duplicates(copies), *_other_formats(root, copies))
    return Corpus(name, root, tuple(used[clip] for clip in sorted(used)), found)


def _preference(folder: str, utterance: Utterance) -> tuple[bool, bool, Path]:
    """Sort key of utterances with one id, the one to use first."""
    path = utterance.path
    lossy = path.suffix.lower() not in LOSSLESS_SUFFIXES
    return folder not in path.parts, lossy, path


def without_suffix(path: str) -> str:
    """`path` without the suffix of an audio format, so that WAV and FLAC copies agree.

    >>> without_suffix("a/b.c.flac")
    'a/b.c'
    """
    stem, dot, suffix = path.rpartition(".")
    return stem if dot and f".{suffix.lower()}" in AUDIO_SUFFIXES else path


def _require_equal_labels(root: Path, copies: Iterable[tuple[Utterance, Utterance]]) -> None:
    conflicts = [
        f"{copy.path} is {copy.emotion} of speaker {copy.speaker}, and {first.path} is "
        f"{first.emotion} of speaker {first.speaker}"
        for copy, first in copies
        if (copy.emotion, copy.speaker) != (first.emotion, first.speaker)
    ]
    if conflicts:
        raise CorpusError(
            f"{root}: recordings with two labels: {abridged(conflicts)}. A recording has one emotion "
            "and one speaker: correct or remove one of the two"
        )


def _duplicates(copies: Iterable[tuple[Utterance, Utterance]]) -> list[Problem]:
    return [
        Problem(
            copy.path,
            "duplicate",
            f"is a second {copy.id} beside {first.path}, which is used: "
            "names must be unique within a corpus; remove one of the two",
        )
        for copy, first in copies
        if _format(copy) == _format(first)
    ]


def _other_formats(root: Path, copies: Iterable[tuple[Utterance, Utterance]]) -> list[Problem]:
    """A notice for each format in which recordings are there a second time."""
    formats = [(_format(first), _format(copy)) for copy, first in copies]
    return [
        Problem(
            root,
            "notice",
            f"{count} recordings are there as {used} and as {unused}: {used} is used",
        )
        for (used, unused), count in sorted(Counter(formats).items())
        if used != unused
    ]


def _format(utterance: Utterance) -> str:
    return utterance.path.suffix.lower()
