"""The recordings that a user names: files, folders, patterns and lists of these."""

from __future__ import annotations

import fnmatch
import glob
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from emotion_classifier.audio.file_type import AUDIO_SUFFIXES
from emotion_classifier.audio.folders import FolderEntry, count_left_out, unlisted, walk_folders
from emotion_classifier.errors import AudioError, ConfigError

_MAXIMUM_LIST_BYTES = 1 << 28
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_QUOTES = "\"'"


@dataclass(frozen=True)
class Recordings:
    """Paths of recordings, found one after the other on each iteration.

    A folder or pattern without recordings becomes an `AudioError` in its turn. A missing file is a path
    like any other: opening it raises the error.

    Parameters
    ----------
    names : of files and folders, and patterns with ``*``, ``?`` and ``**``. Folders in a row are
        searched together, so that a recording in two of them is found once.
    """

    names: tuple[str, ...]

    def __iter__(self) -> Iterator[Path | AudioError]:
        return (found for found in self._found() if not isinstance(found, FolderEntry))

    def survey(self) -> tuple[int, Counter[str]]:
        """Number of recordings and errors, and category → number of files that are left out.

        `emotion_classifier.audio.folders.describe_left_out` has the words.
        """
        left_out: Counter[str] = Counter()
        count = 0
        for found in self._found():
            if isinstance(found, FolderEntry):
                left_out += count_left_out([found])
            else:
                count += 1
        return count, left_out

    def _found(self) -> Iterator[Path | AudioError | FolderEntry]:
        for is_folder, names in groupby(self.names, os.path.isdir):
            if is_folder:
                yield from _in_folders([Path(name) for name in names])
                continue
            for name in names:
                is_pattern = glob.has_magic(name) and "://" not in name
                if is_pattern and not os.path.lexists(name):
                    yield from _matching(name)
                else:
                    yield Path(name)


def gather(names: Sequence[str], lists: Sequence[Path] = ()) -> Recordings:
    """The recordings of `names`, among them ``@FILE`` for a list, and then of `lists`.

    A list has one name in each line, relative to the working folder, with or without quotes; empty
    lines do not count. It is in UTF-8, or in UTF-16 with a byte order mark.

    Raises
    ------
    ConfigError
        A list cannot be read, or nothing was named.
    """
    every: list[str] = []
    for name in names:
        listed = name.startswith("@") and not os.path.lexists(name)
        every += _read_list(Path(name[1:])) if listed else [name]
    for path in lists:
        every += _read_list(path)
    if not every:
        where = f": {', '.join(map(str, lists))} names none" if lists else ""
        raise ConfigError(
            f"no recordings{where}: name files, folders or patterns, or --list FILE with one in "
            "each line"
        )
    return Recordings(tuple(every))


def _read_list(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            content = file.read(_MAXIMUM_LIST_BYTES)
        encodings = (name for mark, name in _BYTE_ORDER_MARKS.items() if content.startswith(mark))
        # Names of files are bytes that need not be text, see PEP 383.
        text = content.decode(next(encodings, "utf-8"), "surrogateescape")
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"the list {path} cannot be read ({cause}): name a text file with a recording in each "
            "line"
        ) from error
    if "\0" in text:
        raise ConfigError(f"{path} is no list but a binary file: name recordings without --list")
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return [_unquoted(line) for line in lines if line.strip()]


def _unquoted(line: str) -> str:
    """A line without the quotes around it, unless a file is named with them."""
    name = line.strip()
    if len(name) > 2 and name[0] == name[-1] and name[0] in _QUOTES and not os.path.lexists(line):
        return name[1:-1]
    return line


def _in_folders(folders: Sequence[Path]) -> Iterator[Path | AudioError | FolderEntry]:
    """The recordings of the folders, what is left out, and an error for a folder without any."""
    empty = dict.fromkeys(folders)
    for entry in walk_folders(folders):
        if entry.kind in {"audio", "unlisted", "repeated"}:
            empty.pop(entry.root, None)
        yield _result(entry)
    suffixes = ", ".join(sorted(suffix[1:] for suffix in AUDIO_SUFFIXES))
    reason = f"the folder holds no recordings ({suffixes}): name another one"
    yield from (AudioError(folder, "no-audio", reason) for folder in empty)


def _result(entry: FolderEntry) -> Path | AudioError | FolderEntry:
    if entry.kind == "unlisted":
        return unlisted(entry)
    return entry.path if entry.kind == "audio" else entry


def _matching(pattern: str) -> Iterator[Path | AudioError | FolderEntry]:
    """Recordings that match a pattern which the shell has not expanded.

    Where the pattern states no suffix, files with that of another format are left out.
    """
    parts = Path(pattern).parts
    states_suffix = bool(Path(pattern).suffix) and not glob.has_magic(Path(pattern).suffix)
    fitting = _fitting_below(parts) if "**" in parts else _fitting(pattern)
    found = False
    for entry in fitting:
        chosen = states_suffix and entry.kind == "other"
        found = found or chosen or entry.kind in {"audio", "unlisted"}
        yield entry.path if chosen else _result(entry)
    if not found:
        reason = "no recording fits this pattern: check it, and put it in quotation marks"
        yield AudioError(Path(pattern), "missing", reason)


def _fitting(pattern: str) -> Iterator[FolderEntry]:
    """Files that match a pattern without ``**``, and the entries of folders that match it."""
    folders = []
    for name in sorted(glob.iglob(pattern)):  # noqa: PTH207 - Path.glob takes no absolute ones
        path = Path(name)
        if path.is_dir():
            folders.append(path)
        else:
            is_audio = path.suffix.lower() in AUDIO_SUFFIXES
            yield FolderEntry(path, "audio" if is_audio else "other", path.parent)
    yield from walk_folders(folders)


def _fitting_below(parts: Sequence[str]) -> Iterator[FolderEntry]:
    """Entries that match a pattern with ``**``, themselves or by a folder around them.

    `glob` would follow links in circles below ``**``, and fail in deep folders.
    """
    start = parts.index("**")
    head = os.path.join(*parts[:start]) if start else os.curdir  # noqa: PTH118 - may have magic
    folders = glob.iglob(head) if glob.has_magic(head) else [head]  # noqa: PTH207
    for entry in walk_folders(Path(name) for name in sorted(folders)):
        names = entry.path.relative_to(entry.root).parts
        if entry.kind == "unlisted" or _fits(names, parts[start:]):
            yield entry


def _fits(names: Sequence[str], patterns: Sequence[str]) -> bool:
    """Whether a path, or a folder around it, matches patterns; ``**`` stands for any number of names."""
    reached = _with_skipped({0}, patterns)
    for name in names:
        fitting = [at for at in reached if at < len(patterns) and _fits_name(name, patterns[at])]
        after = {at if patterns[at] == "**" else at + 1 for at in fitting}
        reached = _with_skipped(after, patterns)
        if len(patterns) in reached:
            return True
    return False


def _with_skipped(reached: set[int], patterns: Sequence[str]) -> set[int]:
    """Positions in the patterns, and those behind a ``**`` that stands for no name."""
    for at, pattern in enumerate(patterns):
        if at in reached and pattern == "**":
            reached.add(at + 1)
    return reached


def _fits_name(name: str, pattern: str) -> bool:
    return pattern == "**" or fnmatch.fnmatch(name, pattern)
