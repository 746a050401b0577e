"""Processes that decode containers, kept from file to file, since starting one takes longer than decoding."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from emotion_classifier.audio.containers.process import DecoderProcess


class DecoderPool:
    """Decoding processes, started when none of them is free: as many as threads that decode.

    Parameters
    ----------
    arguments : as in `DecoderProcess`.
    """

    def __init__(self, arguments: Sequence[str] | None = None) -> None:
        self._arguments = arguments
        self._lock = threading.Lock()
        self._free: list[DecoderProcess] = []
        self._busy: set[DecoderProcess] = set()

    @contextmanager
    def process(self) -> Iterator[DecoderProcess]:
        """A process for a file."""
        process = self._acquire()
        try:
            yield process
        finally:
            self._release(process)

    def start(self) -> None:
        """Start a process, so that the first file does not wait for it."""
        self._release(self._acquire())

    def end(self) -> None:
        """End all processes."""
        for process in (*self._free, *self._busy):
            process.end()

    def detach(self) -> None:
        """Start anew after a fork."""
        for process in (*self._free, *self._busy):
            process.detach()
        self._lock = threading.Lock()  # another thread may have held it
        self._free.clear()
        self._busy.clear()

    def _acquire(self) -> DecoderProcess:
        with self._lock:
            process = self._free.pop() if self._free else None
        if process is not None and not process.is_free:
            process.end()
            process = None
        process = process or DecoderProcess(self._arguments)
        with self._lock:
            self._busy.add(process)
        return process

    def _release(self, process: DecoderProcess) -> None:
        with self._lock:
            self._busy.discard(process)
            if process.is_free:
                self._free.append(process)
                return
        process.end()


DECODER_POOL = DecoderPool()
"""The processes of this process."""


def end_with_this_process(pool: DecoderPool) -> None:
    """End the processes of a pool with this process, and detach it in processes that are forked."""
    atexit.register(pool.end)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=pool.detach)


end_with_this_process(DECODER_POOL)
