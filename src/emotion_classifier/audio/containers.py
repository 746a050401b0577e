"""Audio in containers that libsndfile cannot read (m4a, mp4, webm, ...): the adapter of PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import MissingDependencyError
from emotion_classifier.units import Hertz

CONTAINER_CONTENTS = frozenset(
    {
        "a WebM or Matroska file",
        "an MP4 or M4A file",
        "a QuickTime file",
        "an AMR file",
        "a WMA or WMV file",
        "an AAC file",
        "an AVI file",
    }
)
"""File types, as named by `file_type.describe_content`, that PyAV decodes.

No others: FFmpeg also follows playlists to other files, and reads pictures as videos.
"""

_BLOCK_SAMPLES = 1 << 16
# Encoders add samples at both ends, and containers round durations; a larger gap is a truncation.
_TOLERANCE_SECONDS = 0.5


class UndecodableError(Exception):
    """PyAV or libsndfile cannot decode a file; the message has the reason."""


class ContainerDecoder:
    """The first audio track of an open ``av`` container, decoded from start to end."""

    def __init__(self, container: Any) -> None:
        self._stream = container.streams.audio[0]
        self._stated = _stated_seconds(container)
        self._frames: Iterator[Any] = container.decode(self._stream)
        # Only a decoded frame has the true rate: the header of HE-AAC has half of it.
        self._first = next(self._frames, None)
        source = self._stream if self._first is None else self._first
        self.samplerate: Hertz = source.sample_rate
        self.channels: int = source.layout.nb_channels

    def blocks(self) -> Iterator[Samples]:
        """Samples ``(sample, channel)`` float32 up to the end of the track.

        Raises
        ------
        UndecodableError
            The track is damaged.
        """
        pieces: list[Samples] = []
        for piece in self._pieces():
            pieces.append(piece)
            if sum(map(len, pieces)) >= _BLOCK_SAMPLES:
                yield np.concatenate(pieces)
                pieces = []
        if pieces:
            yield np.concatenate(pieces)

    def missing(self, count: int) -> str | None:
        """Description of the samples that the container states beyond `count`, or None."""
        seconds = count / self.samplerate
        if self._stated is None or seconds + _TOLERANCE_SECONDS >= self._stated:
            return None
        return f"its header names {self._stated:.1f} s of audio, and the file has {seconds:.1f} s"

    def _pieces(self) -> Iterator[Samples]:
        import av

        if self._first is None:
            return
        to_float: Any = av.AudioResampler(format="fltp")
        try:
            for frame in chain((self._first,), self._frames, (None,)):
                for piece in to_float.resample(frame):
                    yield piece.to_ndarray().T
        except (av.error.FFmpegError, ValueError) as error:  # ValueError: rate or channels change
            raise UndecodableError(_reason(error)) from error


@contextmanager
def open_container(path: Path) -> Iterator[ContainerDecoder]:
    """The decoder of the audio in a container.

    Raises
    ------
    UndecodableError
        It has no audio, or audio that FFmpeg cannot decode.
    MissingDependencyError
        PyAV is not installed.
    """
    try:
        import av
    except ModuleNotFoundError:
        raise MissingDependencyError("av", "audio", "decoding it") from None
    # An open file and not its name, in which FFmpeg looks for protocols such as http: or concat:
    with path.open("rb") as file, ExitStack() as opened:
        try:
            container = opened.enter_context(av.open(file, metadata_errors="ignore"))
            if not container.streams.audio:
                raise UndecodableError("it has no audio track")
            decoder = ContainerDecoder(container)
        except (av.error.FFmpegError, ValueError) as error:
            raise UndecodableError(_reason(error)) from error
        yield decoder


def _stated_seconds(container: Any) -> float | None:
    """Duration of the audio by the header of the container, or None."""
    import av

    track = container.streams.audio[0]
    if track.duration is not None and track.time_base is not None:
        return float(track.duration * track.time_base)
    if container.duration is not None and len(container.streams) == 1:
        return float(container.duration / av.time_base)
    return None


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
