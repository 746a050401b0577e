"""Atomic writes of files, and locks between processes."""

from __future__ import annotations

import csv
import io
import os
import sys
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from emotion_classifier.errors import storage_errors

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LEFTOVERS = ".*.tmp"
"""Glob pattern of the temporary files that a killed process leaves."""

# Windows locks bytes, and other processes cannot read them: one beyond any content.
_LOCKED_BYTE = 1 << 40


def file_identity(path: Path) -> tuple[int, int] | None:
    """Device and number of a file, which all its names share; None where there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def path_from(folder: Path, path: Path) -> str:
    """`path` relative to a folder, with ``/``; absolute where they are on different drives of Windows."""
    target = path.resolve()
    try:
        return Path(os.path.relpath(target, folder.resolve())).as_posix()
    except ValueError:
        return target.as_posix()


def write_atomically(
    target: Path, data: bytes | memoryview, remedy: str, *, durable: bool = True
) -> None:
    """Write `data` to `target`, whose folder is made when absent; an older file is replaced.

    A device or a pipe is written to, not replaced.

    Other processes see the old file or the complete new one, also when this one is killed.

    Parameters
    ----------
    durable : whether the file is on the disk when this returns, so that a power loss keeps it; some
        milliseconds. Without it a power loss may leave an empty file or zeros.

    Raises
    ------
    StorageError
        The disk is full or may not be written; its message ends with `remedy`.
    """
    temporary = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with storage_errors(target, remedy):
            if target.exists() and not (target.is_file() or target.is_dir()):
                target.write_bytes(data)
                return
            target.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.write(data)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            os.replace(temporary, target)  # noqa: PTH105 - Path.replace hides that this is atomic
            if durable:
                sync(target.parent)
    finally:
        with suppress(OSError):  # an error here must not hide an earlier one
            temporary.unlink(missing_ok=True)


def expanded(path: Path) -> Path:
    """`path` with ``~`` and ``~name`` as home folders; unchanged where there is no such folder."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def sync(path: Path) -> None:
    """Write a file, or the entries of a folder, from the memory of the system to the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders, and writes their entries itself
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files that a killed process left in `folder` and the folders inside."""
    for path in folder.rglob(LEFTOVERS):
        with suppress(OSError):  # one that may not be removed does no harm
            path.unlink()


def write_csv(target: Path, rows: Iterable[Iterable[object]], remedy: str) -> None:
    """Write rows as CSV by `write_atomically`; file names that are no UTF-8 are kept."""
    text = "".join(map(csv_line, rows))
    write_atomically(target, text.encode("utf-8", "surrogateescape"), remedy)


def csv_line(cells: Iterable[object]) -> str:
    """A row of CSV that ends with a line feed; names with line breaks read back."""
    line = io.StringIO(newline="")
    # Python before 3.13 leaves a carriage return unquoted unless it is in the line terminator.
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n") + "\n"


def lock(file: IO[Any]) -> bool:
    """Whether this process now holds the lock of an open file; it ends when the file is closed.

    A file system without locks, as some network ones are, locks nothing.
    """
    return _lock(file.fileno())


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Whether this process holds the lock of a file, until the context ends.

    Processes that it forks do not hold it, so that it also ends with this process where they live longer.
    """
    descriptor = os.open(path, os.O_RDONLY)
    _held.add(descriptor)
    try:
        yield _lock(descriptor)
    finally:
        if descriptor in _held:
            _held.remove(descriptor)
            os.close(descriptor)


_held: set[int] = set()
"""Descriptors of `locked`."""


def _close_in_child() -> None:
    while _held:
        os.close(_held.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)


def _lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            position = os.lseek(descriptor, 0, os.SEEK_CUR)
            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, position, os.SEEK_SET)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
