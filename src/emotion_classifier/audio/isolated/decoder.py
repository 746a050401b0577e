"""Recordings from people who are not trusted, decoded in a process of its own with limits.

The same samples and errors as from `audio.io.open_audio`: that process calls it. A file that makes a
decoder crash, hang or take too much memory ends the process, and is an error of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emotion_classifier.audio.containers.pool import DecoderPool, end_with_this_process
from emotion_classifier.audio.containers.process import DecoderProcess
from emotion_classifier.audio.decoding_errors import UndecodableError
from emotion_classifier.audio.io import AudioStream, too_long
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import AudioError
from emotion_classifier.units import Hertz, Seconds, to_samples

_WORKER = "emotion_classifier.audio.isolated.worker"
_START = f"import sys; sys.path.insert(0, sys.argv[1]); from {_WORKER} import main; main()"
_ROOT = Path(__file__).resolve().parents[3]
ISOLATED_POOL = DecoderPool(["-c", _START, str(_ROOT)])
"""The processes of this process."""
end_with_this_process(ISOLATED_POOL)


class DecodingCancelledError(Exception):
    """The decoding of a recording was cancelled before its end."""


class IsolatedAudio:
    """A recording that is decoded in a process of its own.

    Parameters
    ----------
    content : of the file.
    cancelled : once it is set, `DecodingCancelledError` is raised at the next block.
    """

    def __init__(self, content: bytes, cancelled: threading.Event) -> None:
        self._content = content
        self._cancelled = cancelled

    @contextmanager
    def open_stream(self, maximum_seconds: Seconds) -> Iterator[AudioStream]:
        """Its samples, block by block; for errors see `open_audio`."""
        with ISOLATED_POOL.process() as process:
            try:
                rate, channels = process.open(self._content)
            except UndecodableError as error:
                raise _unreadable(error) from error
            blocks = self._blocks(process, rate, channels, maximum_seconds)
            yield AudioStream(rate, channels, blocks)

    def _blocks(
        self, process: DecoderProcess, rate: Hertz, channels: int, maximum_seconds: Seconds
    ) -> Iterator[Samples]:
        count, limit = 0, to_samples(maximum_seconds, rate)
        blocks = process.blocks(channels)
        while True:
            if self._cancelled.is_set():
                raise DecodingCancelledError
            try:
                block = next(blocks, None)
            except UndecodableError as error:
                raise _unreadable(error) from error
            if block is None:
                return
            count += len(block)
            if count > limit:
                raise too_long(None, maximum_seconds)
            yield block.T


def _unreadable(error: UndecodableError) -> AudioError:
    return AudioError(
        None, "unreadable", f"the recording cannot be decoded ({error}): convert it to WAV"
    )
