"""The end of a live session by Ctrl-C or SIGTERM, also while nobody reads its output."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from emotion_classifier.cli.streams import discard_output
from emotion_classifier.cli.terminal import print_error

_BLOCKED_SECONDS = 1.0
_POLL_SECONDS = 0.1
_INTERRUPTED = 130


class StopSignals:
    """Sets an event at the first signal, and interrupts at the second or where output blocks.

    Parameters
    ----------
    stop : ends the session; its last events are still written.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._writing_since: float | None = None
        self._ended = threading.Event()
        self._main_thread = threading.get_ident()

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle the signals until the session has ended."""
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self._request) for number in numbers}
        try:
            yield
        except KeyboardInterrupt:
            if self._is_blocked():
                discard_output()  # or the interpreter's last flush would block too
                print_error("nobody reads the output: its last events were left out")
            raise
        finally:
            self._ended.set()
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Mark the block as one that may wait for a reader; not nested."""
        self._writing_since = time.monotonic()
        yield
        self._writing_since = None  # after an error it stays: the output was blocked

    def _request(self, _signal: int, _frame: FrameType | None) -> None:
        if self._stop.is_set():
            raise KeyboardInterrupt
        self._stop.set()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        """Interrupt the main thread where it waits for a reader; end the process if that fails."""
        while not self._ended.wait(_POLL_SECONDS):
            if not self._is_blocked():
                continue
            if hasattr(signal, "pthread_kill"):
                signal.pthread_kill(self._main_thread, signal.SIGINT)
            if not self._ended.wait(2 * _BLOCKED_SECONDS):
                os._exit(_INTERRUPTED)

    def _is_blocked(self) -> bool:
        since = self._writing_since
        return since is not None and time.monotonic() - since > _BLOCKED_SECONDS
