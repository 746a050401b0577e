"""The process that decodes recordings that are not trusted, with the protocol of `containers.worker`.

An `AudioError` is a response too: ``A``, with its code, a line feed and its reason in UTF-8.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from typing import IO

import numpy as np

from emotion_classifier.audio.containers.worker import (
    Response,
    limit_memory,
    limit_processor_time,
    next_response,
    uint32,
)
from emotion_classifier.audio.io import open_audio
from emotion_classifier.errors import AudioError

_ENDLESS_SECONDS = 1e9


def main() -> None:
    """Respond to requests until there are no more."""
    # The parent process handles them, and closes standard input at its end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    limit_memory()
    respond(sys.stdin.buffer, sys.stdout.buffer)


def respond(requests: IO[bytes], responses: IO[bytes]) -> None:
    """Respond to requests; each is a number of bytes (32 bits) and ``M`` with the content of a file, or 0."""
    decoding: Iterator[Response] = iter(())
    while len(header := requests.read(4)) == 4:
        if length := int.from_bytes(header, "little"):
            decoding = decode(requests.read(length)[1:])
        limit_processor_time()
        kind, content = next_response(decoding)
        responses.write(kind + uint32(len(content)))
        responses.write(content)
        responses.flush()


def decode(content: bytes) -> Iterator[Response]:
    """Responses for the content of a file."""
    try:
        with open_audio(content, maximum_seconds=_ENDLESS_SECONDS) as audio:  # the parent counts
            yield Response(b"F", uint32(audio.sample_rate) + uint32(audio.channels))
            last = b""
            for block in audio.blocks:
                if last:
                    yield Response(b"B", last)
                last = np.ascontiguousarray(block.T, "<f4").tobytes()
        yield Response(b"L", last)
    except AudioError as error:
        yield Response(b"A", f"{error.code}\n{error.reason}".encode())
