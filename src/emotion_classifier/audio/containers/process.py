"""A process that decodes containers, so that no file can crash or block this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import cast

import numpy as np

from emotion_classifier.audio.decoding_errors import (
    DamagedError,
    FormatChangeError,
    UndecodableError,
)
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import AudioError
from emotion_classifier.units import Hertz, Seconds

TIME_LIMIT_SECONDS: Seconds = 60.0
"""Time for opening a file, and for each of its blocks of some seconds of audio."""

_WORKER = Path(__file__).with_name("worker.py")
_FILE_IS_OPEN = {b"F", b"B"}  # after these responses
_ERRORS = {b"C": FormatChangeError, b"D": DamagedError, b"X": UndecodableError}


class DecoderProcess:
    """A process that decodes a file at a time, with the protocol of ``worker.py``.

    It ends with the process that started it, also when that is killed.

    Parameters
    ----------
    arguments : of the interpreter; None runs ``worker.py``.
    """

    def __init__(self, arguments: Sequence[str] | None = None) -> None:
        self._has_open_file = self._expired = False
        self._lock = threading.Lock()
        self._due_seconds: Seconds | None = (
            None  # by the monotonic clock; None while nothing is awaited
        )
        self._watch: threading.Thread | None = None
        self._ended = threading.Event()
        # -P: the worker needs no module beside it. A session of its own: Ctrl-C is for this process.
        command = [sys.executable, "-P", *(arguments or [str(_WORKER)])]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command,
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            bufsize=0,  # no unsent bytes that a fork would copy
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._requests = cast("FileIO", self._process.stdin)
        self._responses = cast("FileIO", self._process.stdout)

    @property
    def is_free(self) -> bool:
        """Whether it is alive and has no file open."""
        return not self._has_open_file and self._process.poll() is None

    def open(self, file: Path | bytes) -> tuple[Hertz, int]:
        """Sample rate and number of channels of a file or of its content, which `blocks` then decodes.

        Raises
        ------
        UndecodableError
            It has no audio, or audio that FFmpeg cannot decode.
        """
        request = b"M" + file if isinstance(file, bytes) else b"P" + os.fsencode(file.absolute())
        _, content = self._exchange(request)
        rate, channels = np.frombuffer(content, "<u4").tolist()
        return rate, channels

    def blocks(self, channels: int) -> Iterator[Samples]:
        """Samples ``(sample, channel)`` float32 of the open file, up to its end.

        Raises
        ------
        UndecodableError
            The decoding fails, or takes too much time or memory.
        """
        kind = b"B"
        while kind == b"B":
            kind, content = self._exchange(b"")
            if content:
                yield np.frombuffer(content, "<f4").reshape(-1, channels)

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._ended.set()
        self._process.kill()
        self._process.wait()
        self._close_pipes()

    def detach(self) -> None:
        """Close the pipes after a fork: the process is a child of another one now."""
        self._process.returncode = 0  # so that nothing waits for it
        self._close_pipes()

    def _exchange(self, request: bytes) -> tuple[bytes, bytearray]:
        """Kind and content of the response to a request, b"" for the next block."""
        self._has_open_file = True
        try:
            with self._time_limit():
                self._send(len(request).to_bytes(4, "little") + request)
                header = self._receive(5)
                kind, size = bytes(header[:1]), int.from_bytes(header[1:], "little")
                content = self._receive(size)
        except (OSError, EOFError, ValueError):  # ValueError: closed pipes
            raise UndecodableError(self._cause_of_end()) from None
        self._has_open_file = kind in _FILE_IS_OPEN
        if kind == b"A":
            code, _, reason = content.decode().partition("\n")
            raise AudioError(None, code, reason)
        if kind in _ERRORS:
            raise _ERRORS[kind](content.decode())
        return kind, content

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:  # a write to a pipe may be a part
            view = view[self._requests.write(view) :]

    def _receive(self, size: int) -> bytearray:
        received = bytearray(size)
        view, count = memoryview(received), 0
        while count < size:
            if not (more := self._responses.readinto(view[count:])):
                raise EOFError
            count += more
        return received

    @contextmanager
    def _time_limit(self) -> Iterator[None]:
        """Kill the process after a time, which ends the wait for its response."""
        with self._lock:
            self._due_seconds = time.monotonic() + TIME_LIMIT_SECONDS
            if self._watch is None:  # it waits for later requests too: starting a thread takes time
                self._watch = threading.Thread(target=self._kill_when_due, daemon=True)
                self._watch.start()
        try:
            yield
        finally:
            with self._lock:  # it kills nothing any more
                self._due_seconds = None

    def _kill_when_due(self) -> None:
        wait_seconds: Seconds = 0.0
        while not self._ended.wait(wait_seconds):
            with self._lock:
                if self._due_seconds is None:
                    self._watch = None
                    return
                wait_seconds = self._due_seconds - time.monotonic()
                if wait_seconds <= 0.0:
                    self._expired = True
                    self._process.kill()
                    return

    def _cause_of_end(self) -> str:
        self.end()
        if self._expired:
            return f"decoding it takes longer than {TIME_LIMIT_SECONDS:g} s"
        code = self._process.returncode
        signal_name = signal.strsignal(-code) if code < 0 else None
        return f"the decoding process ended: {signal_name or f'exit code {code}'}"

    def _close_pipes(self) -> None:
        self._requests.close()
        self._responses.close()
