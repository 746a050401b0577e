"""Recording of live audio to WAV files that stay playable when the process is killed."""

from __future__ import annotations

import wave
from io import BufferedWriter
from pathlib import Path

import numpy as np

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import StorageError, storage_errors
from emotion_classifier.units import Hertz

_BYTES_PER_SAMPLE = 2
_FULL_SCALE = 32767.0
# A WAV header counts bytes in 32 bits.
_LARGEST_BYTES = (1 << 32) - (1 << 16)
_REMEDY = "Free some space or choose another folder."


class Recorder:
    """A writer of 16-bit WAV with all channels.

    The header is updated with every chunk, so that a kill loses only that chunk. A new format (a
    device that comes back at another rate) and the limit of 4 GiB start another file: ``talk.wav``, ``talk-2.wav``, ...

    Parameters
    ----------
    path : of the first file; its folder is made when absent, and no file is overwritten.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = 0
        self._file: BufferedWriter | None = None
        self._writer: wave.Wave_write | None = None
        self._format: tuple[int, Hertz] | None = None
        self._bytes = 0

    def write(self, samples: Samples, sample_rate: Hertz) -> Path | None:
        """Write `samples` (channel, sample); the path of a new file, or None where the last continues.

        Samples above full scale are clipped, and NaN is silence.

        Raises
        ------
        StorageError
            The file exists already, or the disk is full or cannot be written.
        """
        channels = samples.shape[0]
        size = samples.size * _BYTES_PER_SAMPLE
        started = None
        if self._format != (channels, sample_rate) or self._bytes + size > _LARGEST_BYTES:
            started = self._start(channels, sample_rate)
        assert self._writer is not None and self._file is not None
        finite = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
        frames = np.rint(np.clip(finite, -1.0, 1.0).T * _FULL_SCALE).astype("<i2")
        with storage_errors(self._path, _REMEDY):
            self._writer.writeframes(frames.tobytes())
            self._file.flush()
        self._bytes += size
        return started

    def close(self) -> None:
        """Finish the file, if one was started."""
        if self._writer is not None and self._file is not None:
            writer, file = self._writer, self._file
            self._writer = self._file = self._format = None
            with storage_errors(self._path, _REMEDY):
                writer.close()
                file.close()

    def _start(self, channels: int, sample_rate: Hertz) -> Path:
        self.close()
        self._count += 1
        path = self._path
        if self._count > 1:
            path = path.with_name(f"{path.stem}-{self._count}{path.suffix}")
        with storage_errors(path, _REMEDY):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._file = path.open("xb")
            except FileExistsError:
                reason = "exists already, and recordings are never overwritten: name another file"
                raise StorageError(f"{path} {reason}") from None
            self._writer = wave.open(self._file, "wb")  # noqa: SIM115 - open as long as this
            self._writer.setnchannels(channels)
            self._writer.setsampwidth(_BYTES_PER_SAMPLE)
            self._writer.setframerate(sample_rate)
        self._format, self._bytes = (channels, sample_rate), 0
        return path
