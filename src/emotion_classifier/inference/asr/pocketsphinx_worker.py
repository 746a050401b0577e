"""Worker process of PocketSphinx, the only module that imports it.

Run as a script, without the package, so that it starts fast. A request on standard input is a number
of bytes (8 bytes, little endian) and as many bytes of 16-bit samples at 16 kHz. A response on standard
output is a line of JSON: ``[[start_seconds, end_seconds, text, confidence], ...]``, or a string with
the error.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pocketsphinx import Decoder

FRAMES_PER_SECOND = 100
MINIMUM_BYTES = 3200
"""Shortest decoded audio, a tenth of a second: the library needs more than a frame."""
_FILLER = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")
_VARIANT = re.compile(r"\(\d+\)$")


def main(requests: IO[bytes], responses: IO[bytes]) -> None:
    """Respond to requests until there are no more."""
    decoder: Decoder | None = None
    while len(header := requests.read(8)) == 8:
        pcm = requests.read(int.from_bytes(header, "little"))
        try:
            decoder = decoder or load()
            response: object = decode(decoder, pcm)
        except Exception as error:  # the parent process reports it
            response = f"{type(error).__name__}: {error}"
        responses.write(json.dumps(response).encode() + b"\n")
        responses.flush()


def load() -> Decoder:
    """Decoder with the model of the library."""
    from pocketsphinx import Decoder

    return Decoder(loglevel="FATAL")


def decode(decoder: Decoder, pcm: bytes) -> list[tuple[float, float, str, float]]:
    """Words of 16-bit samples as start and end in seconds, text and confidence."""
    if len(pcm) < MINIMUM_BYTES:
        return []
    decoder.start_stream()  # resets the noise estimate
    decoder.start_utt()
    # At once: in pieces, its normalisation is estimated and the error rate much higher.
    decoder.process_raw(pcm, no_search=False, full_utt=True)
    decoder.end_utt()
    return [
        (
            part.start_frame / FRAMES_PER_SECOND,
            (part.end_frame + 1) / FRAMES_PER_SECOND,
            _VARIANT.sub("", part.word),
            min(1.0, part.prob),
        )
        for part in decoder.seg() or ()
        if not _FILLER.match(part.word)
    ]


if __name__ == "__main__":
    # Ctrl-C is handled by the parent process, which then ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        os.nice(5)  # words may come late; emotions and the microphone may not
    main(sys.stdin.buffer, sys.stdout.buffer)
