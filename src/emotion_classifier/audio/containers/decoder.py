"""Audio in files that libsndfile cannot read (m4a, mp4, webm, ...), decoded by FFmpeg."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

from emotion_classifier.audio.containers.length import missing_bytes
from emotion_classifier.audio.containers.pool import DECODER_POOL
from emotion_classifier.audio.containers.process import DecoderProcess
from emotion_classifier.audio.decoding_errors import DamagedError, UndecodableError
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import MissingDependencyError

CONTAINER_CONTENTS = frozenset(
    {
        "a WebM or Matroska file",
        "an MP4 or M4A file",
        "a QuickTime file",
        "an AMR file",
        "a WMA or WMV file",
        "an AAC file",
        "an AVI file",
        "a WAV file",
        "an AIFF file",
        "a CAF file",
        "an Ogg file",
    }
)
"""File types, as named by `file_type.describe_content`, that FFmpeg decodes.

The last four where their encoding is none of libsndfile's, for example G.722 or Speex.
"""


class ContainerDecoder:
    """The first audio track of a file, decoded by a process from start to end.

    Raises
    ------
    UndecodableError
        It has no audio, or audio that FFmpeg cannot decode.
    """

    def __init__(self, file: Path | bytes, process: DecoderProcess) -> None:
        self._file = file
        self._process = process
        self.samplerate, self.channels = process.open(file)

    def blocks(self) -> Iterator[Samples]:
        """Samples ``(sample, channel)`` float32, up to the end of the track.

        Raises
        ------
        UndecodableError
            The decoding fails, or takes too much time or memory.
        """
        return self._process.blocks(self.channels)

    def missing(self, count: int) -> str | None:
        """Description of the bytes that the file lacks at its end, or None."""
        return _missing(self._file)


@contextmanager
def open_container(file: Path | bytes) -> Iterator[ContainerDecoder]:
    """The decoder of the audio in a container: a file, or its content.

    Raises
    ------
    UndecodableError
        It has no audio, or audio that FFmpeg cannot decode.
    MissingDependencyError
        PyAV is not installed.
    """
    if find_spec("av") is None:
        raise MissingDependencyError("av", "audio", "decoding it")
    with DECODER_POOL.process() as process:
        try:
            decoder = ContainerDecoder(file, process)
        except UndecodableError as error:
            if finding := _missing(file):
                raise DamagedError(finding) from error
            raise
        yield decoder


def _missing(file: Path | bytes) -> str | None:
    opened: BinaryIO = io.BytesIO(file) if isinstance(file, bytes) else file.open("rb")
    with opened:
        count = missing_bytes(opened)
    return f"{count} bytes that its header names are missing" if count else None
