"""Audio files in and out: the one door to soundfile.

Samples are counted while decoding. What a header says about the length is never used to reserve
memory, only to notice that a file ends too early.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from emotion_classifier.audio.riff import missing_bytes
from emotion_classifier.audio.signatures import describe_content
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.errors import AudioError
from emotion_classifier.storage import write_atomically
from emotion_classifier.units import Hertz, Seconds, to_samples

AUDIO_SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".mp3"})
"""Suffixes, in lower case, of the files that count as audio in a folder."""
MAXIMUM_SECONDS: Seconds = 600.0
MINIMUM_SAMPLE_RATE: Hertz = 8_000
MAXIMUM_SAMPLE_RATE: Hertz = 192_000
MAXIMUM_CHANNELS = 8

_BLOCK_FRAMES = 1 << 16
# An MP3 header counts whole frames of 1152 samples; cutting tools do not adjust it to the delay
# of the decoder, so up to two frames may lack in an intact file.
_MP3_TOLERANCE_FRAMES = 2 * 1152
# What libsndfile gives for the length of a FLAC file whose encoder wrote to a pipe.
_LENGTH_UNKNOWN = 1 << 62
_CONVERT = "convert it to WAV or FLAC first, for example with: ffmpeg -i INPUT OUTPUT.wav"


class _Decoder(soundfile.SoundFile):  # type: ignore[misc]
    """A file read from front to back.

    soundfile seeks after every block of a seekable file, which fails at the end of a FLAC file
    that is truncated or of unknown length.
    """

    def seekable(self) -> bool:
        return False


def read_audio(path: Path, *, maximum_seconds: Seconds = MAXIMUM_SECONDS) -> Waveform:
    """Every sample of an audio file: WAV (8 to 32 bits, float), FLAC, OGG or MP3.

    Raises
    ------
    AudioError
        With the code ``missing``, ``not-a-file``, ``empty-file``, ``unreadable``, ``truncated``,
        ``no-samples``, ``too-long``, ``sample-rate``, ``channels`` or ``not-finite``.
    """
    stat_audio(path)
    try:
        decoder = _Decoder(path)
    except (soundfile.SoundFileError, OSError, TypeError) as error:  # TypeError: headerless .raw
        raise AudioError(path, "unreadable", _why_unreadable(path, error)) from error
    with decoder:
        _check_format(path, decoder)
        blocks = list(_decode(path, decoder, maximum_seconds))
        _check_length(path, decoder, sum(len(block) for block in blocks))
    samples = np.ascontiguousarray(np.concatenate(blocks).T)
    if not np.isfinite(samples).all():
        count = int(samples.size - np.isfinite(samples).sum())
        reason = f"{count} samples are NaN or infinite: write the file again with finite samples"
        raise AudioError(path, "not-finite", reason)
    return Waveform(samples, decoder.samplerate)


def stat_audio(path: Path) -> os.stat_result:
    """Size and time of a file that can be opened.

    Raises
    ------
    AudioError
        With the code ``missing``, ``not-a-file``, ``empty-file`` or ``unreadable``.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        reason = "there is no such file: check the path, or the link if it is one"
        raise AudioError(path, "missing", reason) from None
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        reason = f"the file cannot be opened ({cause}): check its name and its permissions"
        raise AudioError(path, "unreadable", reason) from error
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a device, pipe or socket"
        raise AudioError(path, "not-a-file", f"this is {kind}: name an audio file")
    if status.st_size == 0:
        raise AudioError(path, "empty-file", "the file has zero bytes: copy or record it again")
    return status


def too_long(path: Path, maximum_seconds: Seconds) -> AudioError:
    """The error for a recording that is longer than the limit."""
    reason = f"the recording is longer than the limit of {maximum_seconds:g} s: cut it into pieces"
    return AudioError(path, "too-long", reason)


def find_audio(root: Path) -> list[Path]:
    """Audio files below `root` in sorted order, links followed, hidden files and folders left out.

    Raises
    ------
    AudioError
        With the code ``missing`` or ``not-a-file`` (which names a file where a folder is needed).
    """
    if not root.exists():
        raise AudioError(root, "missing", "there is no such folder: check the path")
    if not root.is_dir():
        raise AudioError(root, "not-a-file", "this is no folder: name the folder of the audio")
    return sorted(_walk(root))


def write_wav(path: Path, samples: Samples, sample_rate: Hertz) -> None:
    """Write ``(sample,)`` or ``(channel, sample)`` as 16-bit WAV; beyond full scale is clipped.

    The file appears complete or not at all.
    """
    encoded = io.BytesIO()
    frames = np.atleast_2d(samples).T
    soundfile.write(encoded, frames, sample_rate, subtype="PCM_16", format="WAV")
    write_atomically(path, encoded.getbuffer(), "Free some space or choose another folder.")


class LossyEncoding(NamedTuple):
    """A lossy encoding by the names that libsndfile has for it.

    Parameters
    ----------
    container, coding : for example ``MP3`` and ``MPEG_LAYER_III``.
    """

    container: str
    coding: str


def encode_and_decode(
    samples: Samples, sample_rate: Hertz, encoding: LossyEncoding, compression: float | None
) -> Samples:
    """What the encoding leaves of a waveform (sample,), in its place; the end may get longer.

    Parameters
    ----------
    samples : (sample,) float32, at least one.
    compression : 0 (best quality) to 0.99; None leaves it to the encoding, which may have but one.
    """
    container, coding = encoding
    encoded = io.BytesIO()
    with soundfile.SoundFile(
        encoded, "w", sample_rate, 1, coding, format=container, compression_level=compression
    ) as encoder:
        # In blocks: libsndfile keeps all of one call on the stack, and Vorbis ends in a crash.
        for start in range(0, len(samples), _BLOCK_FRAMES):
            encoder.write(samples[start : start + _BLOCK_FRAMES])
    encoded.seek(0)
    decoded: Samples = soundfile.read(encoded, dtype="float32")[0]
    return decoded


def can_encode(encoding: LossyEncoding) -> bool:
    """Whether the installed libsndfile, which is built with or without its codecs, can encode it."""
    try:
        encode_and_decode(np.zeros(800, np.float32), MINIMUM_SAMPLE_RATE, encoding, None)
    except (soundfile.SoundFileError, ValueError):  # ValueError: a name that soundfile lacks
        return False
    return True


def _walk(root: Path) -> Iterator[Path]:
    seen: set[str] = set()
    for folder, subfolders, names in os.walk(root, followlinks=True):
        seen.add(os.path.realpath(folder))
        subfolders[:] = [
            name
            for name in subfolders
            if not name.startswith(".") and os.path.realpath(os.path.join(folder, name)) not in seen  # noqa: PTH118 - speed
        ]
        for name in names:
            path = Path(folder, name)
            if path.suffix.lower() in AUDIO_SUFFIXES and not name.startswith("."):
                yield path


def _decode(path: Path, decoder: _Decoder, maximum_seconds: Seconds) -> Iterator[Samples]:
    """Blocks ``(sample, channel)`` up to the end of the file."""
    limit = to_samples(maximum_seconds, decoder.samplerate)
    count = 0
    while True:
        try:
            block = decoder.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)
        except soundfile.SoundFileError as error:
            raise _truncated(path, "decoding fails before its end") from error
        count += len(block)
        if count > limit:
            raise too_long(path, maximum_seconds)
        yield block
        if len(block) == 0:
            return


def _check_format(path: Path, decoder: _Decoder) -> None:
    rate, channels = decoder.samplerate, decoder.channels
    if not MINIMUM_SAMPLE_RATE <= rate <= MAXIMUM_SAMPLE_RATE:
        allowed = f"{MINIMUM_SAMPLE_RATE} to {MAXIMUM_SAMPLE_RATE} Hz"
        reason = f"the sample rate is {rate} Hz, and {allowed} are allowed: record at 16000 Hz"
        raise AudioError(path, "sample-rate", reason)
    if channels > MAXIMUM_CHANNELS:
        reason = f"{channels} channels, and 1 to {MAXIMUM_CHANNELS} are allowed: mix them down"
        raise AudioError(path, "channels", reason)


def _check_length(path: Path, decoder: _Decoder, count: int) -> None:
    tolerance = _MP3_TOLERANCE_FRAMES if decoder.format == "MP3" else 0
    if count + tolerance < decoder.frames < _LENGTH_UNKNOWN:
        raise _truncated(path, f"its header names {decoder.frames} samples, and {count} are there")
    if missing := missing_bytes(path):
        raise _truncated(path, f"{missing} bytes of samples that its header names are missing")
    if count == 0:
        reason = "the file has a header but no samples: copy or record it again"
        raise AudioError(path, "no-samples", reason)


def _truncated(path: Path, finding: str) -> AudioError:
    remedy = f"copy it again, or, to keep what is there, {_CONVERT}"
    return AudioError(path, "truncated", f"the file is damaged or cut off ({finding}): {remedy}")


def _why_unreadable(path: Path, error: Exception) -> str:
    try:
        content = describe_content(path)
    except OSError as refused:
        return f"the file cannot be opened ({refused.strerror}): check its permissions"
    if content is not None:
        return f"this is {content}, which cannot be decoded: {_CONVERT}"
    cause = getattr(error, "error_string", None) or str(error)
    readable = ", ".join(sorted(suffix[1:].upper() for suffix in AUDIO_SUFFIXES))
    return f"the file is no readable audio ({cause.rstrip('.')}): needed is {readable}; {_CONVERT}"
