"""Processes that this one starts: they end with it, leave Ctrl-C to it, and share its threads."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import connection, parent_process

import torch


@contextmanager
def interrupts_ignored() -> Iterator[None]:
    """Ignore Ctrl-C, also in processes that are started in the block: their parent kills them."""
    default = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, default)


def end_with_parent() -> None:
    """End this process as soon as its parent has ended, also when it was killed."""
    parent = parent_process()
    assert parent is not None

    def wait() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def share_threads(processes: int) -> None:
    """Take one of `processes` equal shares of the threads, unless OMP_NUM_THREADS is set."""
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, torch.get_num_threads() // processes))


def ending(exit_code: int) -> str:
    """The end of a process in words."""
    if exit_code >= 0:
        return f"ended with code {exit_code}: see its output"
    return f"was ended by {signal.Signals(-exit_code).name}"
