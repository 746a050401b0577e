"""Files that are there completely or not at all."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from emotion_classifier.errors import StorageError, storage_errors

LEFTOVERS = ".*.tmp"
"""Glob pattern of the names of what a killed process leaves of a file."""


def write_atomically(target: Path, data: bytes | memoryview, remedy: str) -> None:
    """Write `data` to `target`, whose folder is made when absent; an older file is replaced.

    Other processes see the old file or the complete new one, also when this one is killed.

    Raises
    ------
    StorageError
        The disk is full or may not be written; its message ends with `remedy`.
    """
    temporary = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with storage_errors(target, remedy):
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
            os.replace(temporary, target)  # noqa: PTH105 - Path.replace hides that this is atomic
    except (NotADirectoryError, FileExistsError, IsADirectoryError) as error:
        reason = f"a file stands where a folder is needed, or the reverse ({error.filename})"
        raise StorageError(f"cannot write {target}: {reason}. {remedy}") from error
    finally:
        _remove(temporary)


def _remove(temporary: Path) -> None:
    """Remove what an error left; it does not hide that error with one of its own."""
    try:
        temporary.unlink(missing_ok=True)
    except OSError:
        return
