"""Files below folders: the audio, and all else with the reason why it is none."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from emotion_classifier.audio.file_type import AUDIO_SUFFIXES
from emotion_classifier.errors import AudioError, abridged

EntryKind: TypeAlias = Literal["audio", "other", "hidden", "repeated", "unlisted"]


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """A file or folder that a walk has found.

    Parameters
    ----------
    path : below `root`.
    kind : ``audio``; ``other`` for a file with another suffix; ``hidden`` for a file or folder whose
        name begins with a full stop; ``repeated`` for a link to, or second mention of, a file or folder
        that the walk finds under another path; ``unlisted`` for a folder that cannot be listed.
    root : the folder that was named.
    target : of a repeated entry, the path under which the walk finds it; of another link to an audio
        file, the path of that file without links; else None.
    reason : why a folder cannot be listed; else empty.
    """

    path: Path
    kind: EntryKind
    root: Path
    target: Path | None = None
    reason: str = ""

    @property
    def category(self) -> str:
        """The kind, in words, for counts; of other files their suffix in lower case."""
        if self.kind == "other":
            return self.path.suffix.lower() or "without suffix"
        return {"repeated": "found under another path"}.get(self.kind, self.kind)


def find_audio(root: Path) -> list[Path]:
    """Audio files below `root` in sorted order, as `walk_folders` finds them.

    Raises
    ------
    AudioError
        With the code ``missing``, ``not-a-file`` (`root` is no folder) or ``unreadable`` (a folder
        cannot be listed).
    """
    if not root.exists():
        raise AudioError(root, "missing", "there is no such folder: check the path")
    if not root.is_dir():
        raise AudioError(root, "not-a-file", "this is no folder: name the folder of the audio")
    entries = [entry for entry in walk_folders([root]) if entry.kind in {"audio", "unlisted"}]
    for entry in entries:
        if entry.kind == "unlisted":
            raise unlisted(entry)
    return sorted(entry.path for entry in entries)


def unlisted(entry: FolderEntry) -> AudioError:
    """The error of a folder that cannot be listed: ``missing`` if it does not exist, else ``unreadable``."""
    try:
        entry.path.lstat()
    except FileNotFoundError:
        return AudioError(entry.path, "missing", "there is no such folder: check the path")
    except OSError:
        pass  # a folder above it cannot be read; the reason of the walk says so
    reason = f"the folder cannot be listed ({entry.reason}): check its permissions and links"
    return AudioError(entry.path, "unreadable", reason)


def count_left_out(entries: Iterable[FolderEntry]) -> Counter[str]:
    """Category → number of the entries that are no audio; folders that cannot be listed do not count."""
    kinds = {"audio", "unlisted"}
    return Counter(entry.category for entry in entries if entry.kind not in kinds)


def describe_left_out(counts: Counter[str]) -> str:
    """The counts of what is left out, in words.

    >>> describe_left_out(Counter({".txt": 2, "hidden": 1}))
    'left out: 2 .txt, 1 hidden'
    """
    listed = (f"{count:,} {category}" for category, count in counts.most_common())
    return f"left out: {abridged(listed, limit=10)}"


def walk_folders(roots: Iterable[Path]) -> Iterator[FolderEntry]:
    """The entries below several folders, one by one: those of a folder, then those of its subfolders.

    The names in a folder are sorted. Links are followed after all else, so that every folder is found
    once, under its own path if it has one below `roots`; so is every audio file that a link leads to.
    Hidden folders are not entered.
    """
    return _Walk(roots).entries()


class _Walk:
    """State of a walk: the folders that were visited, and the links that are still to be followed."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self._starts = deque((root, os.fspath(root)) for root in roots)
        self._visited: dict[tuple[int, int], str] = {}
        self._file_links: list[tuple[Path, str]] = []

    def entries(self) -> Iterator[FolderEntry]:
        while self._starts:
            root, start = self._starts.popleft()
            folders = [start]
            while folders:
                yield from self._folder(root, folders.pop(), folders)
        for root, link in self._file_links:
            target = os.path.realpath(link)
            found = self._found_as(target)
            if found is None:
                yield FolderEntry(Path(link), "audio", root, Path(target))
            else:
                yield FolderEntry(Path(link), "repeated", root, found)

    def _folder(self, root: Path, folder: str, pending: list[str]) -> Iterator[FolderEntry]:
        """The entries of a folder; its subfolders, last first, are added to `pending`."""
        try:
            identity = _identity(folder)
            if identity in self._visited:
                yield FolderEntry(Path(folder), "repeated", root, Path(self._visited[identity]))
                return
            self._visited[identity] = folder
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            yield FolderEntry(Path(folder), "unlisted", root, reason=reason)
            return
        subfolders = []
        for entry in entries:
            if entry.name.startswith("."):
                yield FolderEntry(Path(entry.path), "hidden", root)
            elif not _is_folder(entry):
                yield from self._file(root, entry)
            elif entry.is_symlink():
                self._starts.append((root, entry.path))
            else:
                subfolders.append(entry.path)
        pending += reversed(subfolders)

    def _file(self, root: Path, entry: os.DirEntry[str]) -> Iterator[FolderEntry]:
        if not _has_audio_suffix(entry.name):
            yield FolderEntry(Path(entry.path), "other", root)
        elif entry.is_symlink():
            self._file_links.append((root, entry.path))
        else:
            yield FolderEntry(Path(entry.path), "audio", root)

    def _found_as(self, target: str) -> Path | None:
        """The path under which the walk finds a file that is given without links."""
        folder, name = os.path.split(target)
        if name.startswith(".") or not _has_audio_suffix(name) or not os.path.isfile(target):  # noqa: PTH113
            return None
        found = self._visited.get(_identity(folder))
        return None if found is None else Path(found, name)


def _has_audio_suffix(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in AUDIO_SUFFIXES  # noqa: PTH122 - speed


def _identity(folder: str) -> tuple[int, int]:
    """Device and number of a folder, which are the same for all paths to it."""
    status = os.stat(folder)  # noqa: PTH116 - speed
    return status.st_dev, status.st_ino


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads nowhere, in a circle or where nobody may look
        return not _has_audio_suffix(entry.name)
