"""Atomic writes of files."""

from __future__ import annotations

import csv
import io
import os
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from emotion_classifier.errors import StorageError, storage_errors

LEFTOVERS = ".*.tmp"
"""Glob pattern of the temporary files that a killed process leaves."""


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
        reason = f"a file is in the way of a folder, or the reverse ({error.filename})"
        raise StorageError(f"cannot write {target}: {reason}. {remedy}") from error
    finally:
        with suppress(OSError):  # an error here must not hide an earlier one
            temporary.unlink(missing_ok=True)


def write_csv(target: Path, rows: Iterable[Iterable[object]], remedy: str) -> None:
    """Write rows as CSV by `write_atomically`; file names that are no UTF-8 are kept."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    write_atomically(target, text.getvalue().encode("utf-8", "surrogateescape"), remedy)
