"""Sources of live audio, a file that is played or raw samples on standard input, and their clock.

Microphones are in `inference.live.microphone`. All implement the protocol `Source`, with their own
sample rate and channels.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.file_type import STREAM_HEAD_BYTES, describe_stream
from emotion_classifier.audio.io import open_audio
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.events import NoticeEvent
from emotion_classifier.inference.predictor import LONGEST_SECONDS
from emotion_classifier.units import Hertz, Seconds, to_samples, to_seconds

CHUNK_SECONDS: Seconds = 0.1

PcmFormat: TypeAlias = Literal["s16le", "f32le"]

_DTYPES: dict[PcmFormat, np.dtype[Any]] = {"s16le": np.dtype("<i2"), "f32le": np.dtype("<f4")}


@dataclass(frozen=True, eq=False)
class Chunk:
    """Audio of a source.

    Parameters
    ----------
    samples : (channel, sample) float32; none where the source only reports a gap before `position`.
    position : number of the first sample, from the opening of the source. Where it is greater than the
        end of the previous chunk, the device lost the samples between.
    overflowed : whether the device lost an unknown number of samples before this chunk.
    """

    samples: Samples
    sample_rate: Hertz
    position: int
    overflowed: bool = False


class Source(Protocol):
    """Source of audio, chunk by chunk."""

    name: str
    """Name in events."""
    waits: bool
    """Whether it loses no audio while its chunks are not taken."""
    is_device: bool
    """Whether it can be lost and come back, and may have channels without signal."""
    is_live: bool
    """Whether its audio arrives while it is spoken, so that answers must not wait for words."""

    def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
        """Chunks and notices, to the end or until `stop` is set; positions begin at 0.

        Raises
        ------
        DeviceError
            The device is absent, or was lost.
        """


class Clock:
    """The machine's monotonic clock; a subclass may simulate another."""

    def now(self) -> Seconds:
        """Seconds since any fixed moment; never decreases."""
        return time.monotonic()

    def sleep(self, seconds: Seconds) -> None:
        """Return when the time has passed."""
        time.sleep(seconds)


class FileSource:
    """Recording that is played.

    Parameters
    ----------
    path : of the recording.
    clock : paces it at real speed, and audio that is not taken in time is lost; None plays it as fast
        as its chunks are taken.
    maximum_seconds : longest recording; a longer one raises an error there.
    """

    is_device = False

    def __init__(
        self,
        path: Path | str,
        clock: Clock | None = None,
        *,
        maximum_seconds: Seconds = LONGEST_SECONDS,
    ) -> None:
        self.name = str(path)
        self.waits = clock is None
        self.is_live = clock is not None
        self._path = Path(path)
        self._clock = clock
        self._maximum_seconds = maximum_seconds

    def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
        """Chunks of the file.

        Raises
        ------
        AudioError
            The file is missing, cannot be decoded, at its beginning or later, or is too long.
        """
        began = self._clock.now() if self._clock is not None else 0.0
        with open_audio(self._path, maximum_seconds=self._maximum_seconds) as stream:
            position = 0
            for samples in _chunks(stream.blocks, to_samples(CHUNK_SECONDS, stream.sample_rate)):
                end = position + samples.shape[1]
                if self._clock is not None:  # as live: available at the time of its last sample
                    due = began + to_seconds(end, stream.sample_rate)
                    self._clock.sleep(max(0.0, due - self._clock.now()))
                if stop.is_set():
                    return
                yield Chunk(samples, stream.sample_rate, position)
                position = end


class PcmSource:
    """Raw little-endian samples, channels interleaved, from a file descriptor.

    No audio is lost while the source is not read: the pipe is full then, and its writer waits.

    Parameters
    ----------
    descriptor : file descriptor; 0 is standard input.
    sample_format : ``s16le`` or ``f32le``.
    """

    name = "standard input"
    is_device = False
    waits = True
    is_live = True

    def __init__(
        self, descriptor: int, *, sample_rate: Hertz, channels: int, sample_format: PcmFormat
    ) -> None:
        self._descriptor = descriptor
        self._sample_rate = sample_rate
        self._channels = channels
        self._format = sample_format

    def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
        """Chunks as they arrive; an incomplete sample at the end is left out, with a notice.

        Raises
        ------
        AudioError
            The descriptor cannot be read, is empty, or has the content of a file, such as WAV.
        """
        rest = self._beginning(stop)
        if not rest and not stop.is_set():
            raise no_samples(self.name)
        self._check_raw(rest)
        frame = frame_bytes(self._channels, self._format)
        chunk_bytes = to_samples(CHUNK_SECONDS, self._sample_rate) * frame
        position = 0
        read = rest
        while read and not stop.is_set():
            whole = len(rest) - len(rest) % frame
            if whole:
                samples = decode_pcm(rest[:whole], self._channels, self._format)
                yield Chunk(samples, self._sample_rate, position)
                position += whole // frame
                rest = rest[whole:]
            read = self._read(chunk_bytes)
            rest += read
        if rest and not stop.is_set():
            message = (
                f"standard input ended in the middle of a sample: its last {len(rest)} bytes are "
                f"left out, where a sample has {frame}; check the format and the channels"
            )
            seconds = to_seconds(position, self._sample_rate)
            yield NoticeEvent(code="mid-sample", message=message, seconds=seconds)

    def _beginning(self, stop: threading.Event) -> bytes:
        """As many bytes as it takes to recognise files."""
        head = b""
        while len(head) < STREAM_HEAD_BYTES and not stop.is_set():
            if not (read := self._read(STREAM_HEAD_BYTES - len(head))):
                break
            head += read
        return head

    def _check_raw(self, head: bytes) -> None:
        if (content := describe_stream(head)) is not None:
            raise AudioError(
                None,
                "not-raw",
                f"{self.name} is {content}, and raw samples are needed: name the file instead, or decode "
                f"it first, for example with: ffmpeg -i FILE -f s16le -ac {self._channels} "
                f"-ar {self._sample_rate} -",
            )

    def _read(self, most_bytes: int) -> bytes:
        # Not sys.stdin: a thread that waits for its lock would block the end of the interpreter.
        try:
            return os.read(self._descriptor, most_bytes)
        except OSError as error:
            reason = f"{self.name} cannot be read ({error.strerror}): pipe samples into it"
            raise AudioError(None, "unreadable", reason) from error


def decode_pcm(data: bytes, channels: int, sample_format: PcmFormat) -> Samples:
    """Samples (channel, sample) float32 of raw little-endian bytes, channels interleaved."""
    dtype = _DTYPES[sample_format]
    frames: npt.NDArray[Any] = np.frombuffer(data, dtype).reshape(-1, channels)
    samples = np.ascontiguousarray(frames.T, dtype=np.float32)
    return samples / np.float32(32768.0) if dtype.kind == "i" else samples


def frame_bytes(channels: int, sample_format: PcmFormat) -> int:
    """Number of bytes of a sample of all channels."""
    return channels * _DTYPES[sample_format].itemsize


def take_seconds(source: Source, seconds: Seconds, stop: threading.Event) -> tuple[Samples, Hertz]:
    """First seconds of a source, (channel, sample), and their sample rate; `stop` is set after that.

    Raises
    ------
    AudioError
        The source has no samples; see also `Source.record`.
    """
    taken: list[Samples] = []
    sample_rate = count = 0
    for chunk in source.record(stop):
        if isinstance(chunk, NoticeEvent):
            continue
        sample_rate = chunk.sample_rate
        taken.append(chunk.samples)
        count += chunk.samples.shape[1]
        if count >= to_samples(seconds, sample_rate):
            stop.set()
    if not taken:
        raise no_samples(source.name)
    return np.concatenate(taken, axis=1), sample_rate


def no_samples(source: str) -> AudioError:
    """The error of a source that ended without a sample."""
    reason = f"{source} has no samples: check the program that writes them"
    return AudioError(None, "no-samples", reason)


def _chunks(blocks: Iterator[Samples], chunk: int) -> Iterator[Samples]:
    """`blocks` (channel, sample) in chunks of at most `chunk` samples."""
    for block in blocks:
        for start in range(0, block.shape[1], chunk):
            yield np.ascontiguousarray(block[:, start : start + chunk])
