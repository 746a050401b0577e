"""Files that libsndfile decodes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import soundfile

from emotion_classifier.audio.decoding_errors import DamagedError, FormatChangeError
from emotion_classifier.audio.sound_files.native_messages import without_native_messages
from emotion_classifier.audio.sound_files.sections import Section, SectionFile
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Hertz

_BLOCK_FRAMES = 1 << 16
_PCM_16_STEP = np.float32(1.0 / (1 << 15))
# An MP3 header counts whole frames of 1152 samples; cutting tools do not adjust it to the delay
# of the decoder, so an intact file may lack up to two frames.
_MP3_TOLERANCE_FRAMES = 2 * 1152
# The length in libsndfile of a FLAC file whose encoder wrote to a pipe.
_LENGTH_UNKNOWN = 1 << 62


class SoundFile(soundfile.SoundFile):  # type: ignore[misc]
    """A file that libsndfile reads.

    soundfile seeks after every block of a seekable file, which fails at the end of a FLAC file
    that is truncated or of unknown length.

    Parameters
    ----------
    source : file descriptor, name or open file.
    section : what is decoded, if it is not the whole file.
    """

    def __init__(self, source: object, section: Section | None = None) -> None:
        with without_native_messages():
            super().__init__(source, closefd=False)
        self._stated: int = self.frames
        if section is not None and section.is_endless:
            self._stated = _LENGTH_UNKNOWN if section.samples is None else section.samples

    def seekable(self) -> bool:
        return False

    def blocks(self) -> Iterator[Samples]:
        """Samples ``(sample, channel)`` float32 up to the end.

        Raises
        ------
        DamagedError
            The file is damaged.
        """
        left = self._stated
        # Not beyond it: libsndfile takes what follows FLAC, for example a tag, for damage.
        while requested := min(left, _BLOCK_FRAMES):
            try:
                block = self._read(requested)
            except soundfile.SoundFileError as error:
                raise DamagedError("decoding fails before its end") from error
            if len(block) == 0:
                return
            left -= len(block)
            yield block

    def _read(self, count: int) -> Samples:
        """(sample, channel) float32, at most `count` samples."""
        if self.subtype != "PCM_16":
            is_mpeg = self.subtype.startswith("MPEG")
            with without_native_messages() if is_mpeg else nullcontext():
                samples: Samples = self.read(count, dtype="float32", always_2d=True)
            return samples
        # The same numbers as libsndfile's own floats, in half the time.
        integers: npt.NDArray[np.int16] = self.read(count, dtype="int16", always_2d=True)
        return np.multiply(integers, _PCM_16_STEP, dtype=np.float32)

    def missing(self, count: int) -> str | None:
        """Description of the samples that are missing where `count` were decoded, or None."""
        tolerance = _MP3_TOLERANCE_FRAMES if self.format == "MP3" else 0
        if count + tolerance < self._stated < _LENGTH_UNKNOWN:
            return f"it should have {self._stated} samples, and has {count}"
        return None


class JoinedSoundFiles:
    """Sections of an open file that libsndfile reads one after the other.

    Raises
    ------
    soundfile.SoundFileError
        The first section cannot be read.
    """

    def __init__(self, file: BinaryIO, sections: tuple[Section, ...]) -> None:
        self._file = file
        self._sections = sections
        with self._open(sections[0]) as first:
            self.samplerate: Hertz = first.samplerate
            self.channels: int = first.channels

    def blocks(self) -> Iterator[Samples]:
        """Samples ``(sample, channel)`` float32 of one section after the other.

        Raises
        ------
        DamagedError
            A section is damaged.
        FormatChangeError
            A section differs from the first.
        """
        for number, section in enumerate(self._sections, 1):
            part = f"of the {len(self._sections)} recordings that it joins, number {number}"
            try:
                with self._open(section) as decoder:
                    self._check_format(decoder, part)
                    count = 0
                    for block in decoder.blocks():
                        count += len(block)
                        yield block
                    missing = decoder.missing(count)
            except soundfile.SoundFileError as error:
                raise DamagedError(f"{part} cannot be decoded") from error
            if missing:
                raise DamagedError(missing if len(self._sections) == 1 else f"{part}: {missing}")

    def missing(self, count: int) -> str | None:
        """None: the samples of each section are counted in `blocks`."""
        return None

    def _open(self, section: Section) -> SoundFile:
        return SoundFile(SectionFile(self._file, section), section)

    def _check_format(self, decoder: SoundFile, part: str) -> None:
        if (decoder.samplerate, decoder.channels) != (self.samplerate, self.channels):
            raise FormatChangeError(
                f"{part} has {decoder.samplerate} Hz and {decoder.channels} channel(s), and the "
                f"first has {self.samplerate} Hz and {self.channels}"
            )
