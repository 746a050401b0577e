"""The recordings that a user names: files, folders, patterns and lists of these."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from emotion_classifier.audio.file_type import AUDIO_SUFFIXES
from emotion_classifier.audio.folders import walk_audio
from emotion_classifier.errors import AudioError, ConfigError


@dataclass(frozen=True)
class Recordings:
    """Paths of recordings, found one after the other on each iteration.

    A folder or pattern without recordings becomes an `AudioError` in its turn. A missing file is a path
    like any other: opening it raises the error.

    Parameters
    ----------
    names : of files and folders, and patterns with ``*``, ``?`` and ``**``.
    """

    names: tuple[str, ...]

    def __iter__(self) -> Iterator[Path | AudioError]:
        for name in self.names:
            if os.path.isdir(name):  # noqa: PTH112 - names that no file can have are no error
                yield from _in_folder(Path(name))
            elif glob.has_magic(name) and not os.path.lexists(name):
                yield from _matching(name)
            else:
                yield Path(name)


def gather(names: Sequence[str], lists: Sequence[Path] = ()) -> Recordings:
    """The recordings of `names`, among them ``@FILE`` for a list, and then of `lists`.

    A list has one name in each line, relative to the working folder; empty lines do not count.

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
        # Names of files are bytes that need not be text, see PEP 383.
        text = path.read_text("utf-8-sig", "surrogateescape")
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"the list {path} cannot be read ({cause}): name a text file with a recording in each "
            "line"
        ) from error
    if "\0" in text:
        raise ConfigError(f"{path} is no list but a binary file: name recordings without --list")
    return [line for line in text.split("\n") if line.strip()]


def _in_folder(folder: Path) -> Iterator[Path | AudioError]:
    unlisted: list[OSError] = []
    found = False
    for path in walk_audio(folder, on_error=unlisted.append):
        found = True
        yield path
    for error in unlisted:
        place = Path(error.filename)
        reason = f"the folder cannot be listed ({error.strerror}): check its permissions"
        yield AudioError(place, "unreadable", reason)
    if not found and not unlisted:
        suffixes = ", ".join(sorted(suffix[1:] for suffix in AUDIO_SUFFIXES))
        reason = f"the folder holds no recordings ({suffixes}): name another one"
        yield AudioError(folder, "no-audio", reason)


def _matching(pattern: str) -> Iterator[Path | AudioError]:
    """Paths that match a pattern which the shell has not expanded."""
    matches = sorted(glob.iglob(pattern, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute ones
    if not matches:
        reason = "no file fits this pattern: check it, and put it in quotation marks"
        yield AudioError(Path(pattern), "missing", reason)
    for name in matches:
        if not os.path.isdir(name):  # noqa: PTH112 - see above
            yield Path(name)
        elif not pattern.endswith("**"):
            yield from _in_folder(Path(name))
