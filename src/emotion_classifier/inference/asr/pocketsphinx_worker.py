"""The process in which PocketSphinx decodes: the one door to it.

Run as a script, without the package, so that it starts fast. Each request on standard input is a
count of bytes (8 bytes, little endian) and so many bytes of 16-bit samples at 16 kHz; each answer
on standard output is a line of JSON: ``[[start_seconds, end_seconds, text, confidence], ...]``, or a
string that says what failed.
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
LEAST_BYTES = 3200
"""Of samples that are decoded: a tenth of a second; the library wants more than a frame."""
_FILLER = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")
_VARIANT = re.compile(r"\(\d+\)$")


def main(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests until there are no more."""
    decoder: Decoder | None = None
    while len(header := requests.read(8)) == 8:
        pcm = requests.read(int.from_bytes(header, "little"))
        try:
            decoder = decoder or load()
            answer: object = decode(decoder, pcm)
        except Exception as error:  # whatever it is, it is told by the process that asked
            answer = f"{type(error).__name__}: {error}"
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def load() -> Decoder:
    """A decoder with the model that the library carries."""
    from pocketsphinx import Decoder

    return Decoder(loglevel="FATAL")


def decode(decoder: Decoder, pcm: bytes) -> list[tuple[float, float, str, float]]:
    """Words of 16-bit samples as start and end in seconds, text and confidence."""
    if len(pcm) < LEAST_BYTES:
        return []
    decoder.start_stream()  # forgets the noise of what came before
    decoder.start_utt()
    # The whole at once: fed piece by piece, it normalises by a guess and errs much more.
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
    # Ctrl-C is for the process that asked, which then ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        os.nice(5)  # words may come late; emotions and the microphone may not
    main(sys.stdin.buffer, sys.stdout.buffer)
