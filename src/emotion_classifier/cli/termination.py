"""SIGTERM as an interruption, so that commands report how to continue."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupted_by_sigterm() -> Iterator[threading.Event]:
    """Raise `KeyboardInterrupt` in the main thread at SIGTERM; the event is set then.

    Processes that were forked from this one end as before.
    """
    received = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    process = os.getpid()

    def interrupt(number: int, _frame: FrameType | None) -> None:
        if os.getpid() != process:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        received.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield received
    finally:
        signal.signal(signal.SIGTERM, before)


def end_at_once_when_interrupted(code: int) -> None:
    """From now on Ctrl-C ends the process with this exit code, instead of in the middle of its end.

    The interpreter waits for threads at its end; interrupted there, it prints tracebacks or is aborted.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, lambda *_: os._exit(code))
