"""Exclusive locks of open files between processes."""

from __future__ import annotations

import os
import sys
from typing import IO, Any

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# Windows locks bytes, and other processes cannot read them: one beyond any content.
_LOCKED_BYTE = 1 << 40


def lock(file: IO[Any]) -> bool:
    """Whether this process now holds the lock of an open file; it ends when the file is closed.

    A file system without locks, as some network ones are, locks nothing.
    """
    try:
        if sys.platform == "win32":
            position = file.tell()
            os.lseek(file.fileno(), _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            os.lseek(file.fileno(), position, os.SEEK_SET)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
