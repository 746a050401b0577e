"""Messages that C libraries print to standard error.

libmpg123, inside libsndfile, prints a line for each damaged frame, and has no option against it.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_lock = threading.Lock()
_open_blocks = 0
_saved: int | None = None


@contextmanager
def without_native_messages() -> Iterator[None]:
    """Discards what C libraries print to ``stderr`` in this block; Python's own output is not changed.

    Where the C library keeps ``stderr`` constant (Windows, musl), nothing is discarded.
    """
    global _open_blocks, _saved
    stream, discarded = _c_stderr()
    if stream is None:
        yield
        return
    with _lock:
        if _open_blocks == 0:
            _saved, stream.value = stream.value, discarded
        _open_blocks += 1
    try:
        yield
    finally:
        with _lock:
            _open_blocks -= 1
            if _open_blocks == 0:
                stream.value = _saved


@cache
def _c_stderr() -> tuple[ctypes.c_void_p | None, int | None]:
    """The variable ``stderr`` of the C library, and an open file for messages that are discarded."""
    name = {"linux": "stderr", "darwin": "__stderrp"}.get(sys.platform)
    if name is None:
        return None, None
    library = ctypes.CDLL(None)
    if sys.platform == "linux" and not hasattr(library, "gnu_get_libc_version"):
        return None, None
    library.fopen.restype = ctypes.c_void_p
    discarded: int | None = library.fopen(os.fsencode(os.devnull), b"w")
    if discarded is None:
        return None, None
    return ctypes.c_void_p.in_dll(library, name), discarded
