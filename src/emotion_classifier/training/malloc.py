"""How the C library hands out memory while training on a processor."""

from __future__ import annotations

import ctypes
import sys

# From glibc's malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
_TOP_PAD_BYTES = 64 * 2**20


def keep_freed_memory() -> None:
    """Let glibc keep the large blocks that a step frees for the next one, in this process.

    By default each large tensor is fetched from the system and given back, and all of its pages are
    faulted in again: a fifth of a training step, for up to half more memory. Elsewhere than on
    glibc nothing changes.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_MAX, 0)
        mallopt(_TRIM_THRESHOLD, 2**31 - 1)
        mallopt(_TOP_PAD, _TOP_PAD_BYTES)
