"""The files of a corpus folder: its audio, its tables, and what is left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from emotion_classifier.audio.folders import (
    FolderEntry,
    count_left_out,
    describe_left_out,
    unlisted,
    walk_folders,
)
from emotion_classifier.corpora.corpus import Problem
from emotion_classifier.errors import CorpusError, broken_link
from emotion_classifier.storage import expanded

OTHER_MEDIA_SUFFIXES = frozenset({".flv", ".mpeg", ".mpg", ".ra", ".rm", ".ts", ".wv", ".ape"})


@dataclass(frozen=True)
class CorpusFolder:
    """The entries below the folder of a corpus, in the order of their paths.

    Parameters
    ----------
    root : the folder, with ``~`` expanded.
    entries : as `walk_folders` finds them.
    """

    root: Path
    entries: tuple[FolderEntry, ...]

    @property
    def audio(self) -> list[Path]:
        """Audio files at any depth, sorted."""
        return [entry.path for entry in self.entries if entry.kind == "audio"]

    def problems(self, known: Collection[str] = ()) -> list[Problem]:
        """Folders that cannot be listed, media in formats that are not read, and the number of others.

        Parameters
        ----------
        known : names of files that the reader uses, or that are no part of the corpus.
        """
        others = [entry for entry in self.entries if entry.path.name not in known]
        media = [entry for entry in others if _is_other_media(entry)]
        counts = count_left_out(entry for entry in others if not _is_other_media(entry))
        problems = [_unlisted(entry) for entry in others if entry.kind == "unlisted"]
        problems += _unread(media)
        if counts:
            problems.append(Problem(self.root, "notice", describe_left_out(counts)))
        return problems

    def require_one_emotion(self, emotions_of: Callable[[Path], Iterable[str]]) -> None:
        """Raise a `CorpusError` where links give a recording, or folder, two emotions.

        Parameters
        ----------
        emotions_of : from a path to the emotions that it states.
        """
        names: defaultdict[Path, list[Path]] = defaultdict(list)
        for entry in self.entries:
            if entry.target is not None:
                names[entry.target].append(entry.path)
                if entry.kind == "repeated":
                    names[entry.target].append(entry.target)
        for same in names.values():
            stated = {emotion: path for path in same for emotion in emotions_of(path)}
            if len(stated) > 1:
                listed = " and ".join(f"{path} ({emotion})" for emotion, path in stated.items())
                raise CorpusError(
                    f"{self.root}: one recording has two labels by links, {listed}: remove one of them"
                )


def read_folder(root: Path, example: str) -> CorpusFolder:
    """The folder of a corpus, which has at least one audio file.

    Parameters
    ----------
    root : of the corpus.
    example : an expected file, for the message.

    Raises
    ------
    CorpusError
        No such folder, no audio in it, or it cannot be listed.
    """
    root = _existing_folder(root)
    entries = sorted(walk_folders([root]), key=lambda entry: entry.path)
    folder = CorpusFolder(root, tuple(entries))
    if folder.audio:
        return folder
    for entry in entries:
        if entry.kind == "unlisted":
            raise CorpusError(f"no audio is found in {root}: {unlisted(entry)}")
    counts = count_left_out(entries)
    found = f"holds no audio ({describe_left_out(counts)})" if counts else "is empty"
    raise CorpusError(
        f"{root} {found}: expected files such as {example} at any depth. "
        "Is the archive unpacked, and is this the folder it was unpacked to?"
    )


def _existing_folder(root: Path) -> Path:
    """`root` with ``~`` expanded; `CorpusError` if it is no folder."""
    root = expanded(root)
    if root.is_dir():
        return root
    if root.exists():
        raise CorpusError(
            f"{root} is a file, but a corpus is a folder: name the folder that holds it"
        )
    if link := broken_link(root):
        raise CorpusError(f"the corpus folder {root}: {link}")
    above = next((parent for parent in root.absolute().parents if parent.is_dir()), Path("/"))
    raise CorpusError(
        f"the corpus folder {root} does not exist (it exists as far as {above}): "
        "correct the path, or fetch the corpus there"
    )


def _is_other_media(entry: FolderEntry) -> bool:
    return entry.kind == "other" and entry.category in OTHER_MEDIA_SUFFIXES


def _unlisted(entry: FolderEntry) -> Problem:
    error = unlisted(entry)
    return Problem(entry.path, error.code, f"{error.reason}, or move the folder out of the corpus")


def _unread(media: list[FolderEntry]) -> list[Problem]:
    """A problem for each format that is not read, at its first file."""
    by_suffix: defaultdict[str, list[FolderEntry]] = defaultdict(list)
    for entry in media:
        by_suffix[entry.category].append(entry)
    return [
        Problem(
            files[0].path,
            "format",
            f"{suffix} is not read ({len(files)} files): convert them to WAV or FLAC, or ignore them",
        )
        for suffix, files in by_suffix.items()
    ]
