"""Reading and writing of audio files: the adapter of soundfile.

Samples are counted while decoding. The length in a header never reserves memory; it only shows that a
file ends too early.
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

import numpy as np
import soundfile

from emotion_classifier.audio.containers.decoder import (
    CONTAINER_CONTENTS,
    ContainerDecoder,
    open_container,
)
from emotion_classifier.audio.decoding_errors import (
    DamagedError,
    FormatChangeError,
    UndecodableError,
)
from emotion_classifier.audio.file_type import describe_content
from emotion_classifier.audio.sound_files.decoder import JoinedSoundFiles, SoundFile
from emotion_classifier.audio.sound_files.layout import find_audio_layout
from emotion_classifier.audio.waveform import (
    LARGEST_AMPLITUDE,
    MAXIMUM_CHANNELS,
    MAXIMUM_SAMPLE_RATE,
    MINIMUM_SAMPLE_RATE,
    Samples,
    Waveform,
    check_peak,
    usable,
)
from emotion_classifier.errors import AudioError, MissingDependencyError, broken_link, reason_of
from emotion_classifier.storage import write_atomically
from emotion_classifier.units import Hertz, Seconds, to_samples

MAXIMUM_SECONDS: Seconds = 600.0

_BLOCK_FRAMES = 1 << 16
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""Beginning of an address as a path; drives of Windows have one letter."""
_HEADERLESS_SUFFIXES = frozenset({".vox", ".gsm"})
"""libsndfile recognises these files by their names."""
_CONVERT = "convert it to WAV or FLAC first, for example with: ffmpeg -i INPUT OUTPUT.wav"


class AudioStream(NamedTuple):
    """A recording that is being decoded.

    Parameters
    ----------
    sample_rate, channels : of all its blocks.
    blocks : (channel, sample) float32, up to the end of the file. The last iteration raises an
        `AudioError` where the file is truncated, empty, not finite or far beyond full scale.
    """

    sample_rate: Hertz
    channels: int
    blocks: Iterator[Samples]


_Decoder: TypeAlias = SoundFile | JoinedSoundFiles | ContainerDecoder


def read_audio(file: Path | bytes, *, maximum_seconds: Seconds = MAXIMUM_SECONDS) -> Waveform:
    """All samples of an audio file; for formats and errors see `open_audio`."""
    with open_audio(file, maximum_seconds=maximum_seconds) as stream:
        samples = np.concatenate(list(stream.blocks), axis=1)
        return Waveform(np.ascontiguousarray(samples), stream.sample_rate)


@contextmanager
def open_audio(
    file: Path | bytes, *, maximum_seconds: Seconds = MAXIMUM_SECONDS
) -> Iterator[AudioStream]:
    """An audio file, or its content in memory, decoded block by block in constant memory.

    WAV (8 to 32 bits, float), FLAC, OGG and MP3; where PyAV is installed also the sound of m4a,
    mp4, mov, webm, aac and other containers.

    Raises
    ------
    AudioError
        With the code ``missing``, ``not-a-file``, ``empty-file``, ``unreadable``, ``truncated``,
        ``sample-rate`` or ``channels``; while blocks are drawn also ``too-long``, ``format-change``,
        ``no-samples``, ``not-finite`` or ``amplitude``.
    """
    if isinstance(file, Path):
        stat_audio(file)
    elif not file:
        raise AudioError(None, "empty-file", "the file has zero bytes: record or send it again")
    with _open_decoder(file) as decoder:
        _check_format(_path_of(file), decoder)
        blocks = _decode(file, decoder, maximum_seconds)
        yield AudioStream(decoder.samplerate, decoder.channels, blocks)


def stat_audio(path: Path) -> os.stat_result:
    """Size and time of a file.

    Raises
    ------
    AudioError
        With the code ``missing``, ``not-a-file``, ``empty-file`` or ``unreadable``.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise AudioError(path, "missing", _why_missing(path)) from None
    except (OSError, ValueError) as error:
        cause = reason_of(error) if isinstance(error, OSError) else str(error)
        reason = f"the file cannot be opened ({cause}): check its name and its permissions"
        raise AudioError(path, "unreadable", reason) from error
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a device, pipe or socket"
        raise AudioError(path, "not-a-file", f"this is {kind}: name an audio file")
    if status.st_size == 0:
        raise AudioError(path, "empty-file", "the file has zero bytes: copy or record it again")
    return status


def _why_missing(path: Path) -> str:
    if path == Path("-"):
        return (
            "recordings are files: save standard input first, for example with `cat > call.wav`, or "
            "pipe raw samples into `emotion listen --stdin`"
        )
    if _ADDRESS.match(str(path)):
        return "this is an address, and recordings are files: download it first, such as with curl"
    return broken_link(path) or "there is no such file: check the path"


def too_long(path: Path | None, maximum_seconds: Seconds) -> AudioError:
    """The error for a recording that is longer than the limit."""
    reason = f"the recording is longer than the limit of {maximum_seconds:g} s: cut it into pieces"
    return AudioError(path, "too-long", reason)


def write_wav(path: Path, samples: Samples, sample_rate: Hertz) -> None:
    """Write ``(sample,)`` or ``(channel, sample)`` as 16-bit WAV; samples above full scale are clipped.

    The file is written completely or not at all.
    """
    encoded = wav_content(samples, sample_rate)
    write_atomically(path, encoded, "Free some space or choose another folder.")


def wav_content(samples: Samples, sample_rate: Hertz) -> bytes:
    """The content of the file that `write_wav` writes."""
    encoded = io.BytesIO()
    frames = np.atleast_2d(samples).T
    soundfile.write(encoded, frames, sample_rate, subtype="PCM_16", format="WAV")
    return encoded.getvalue()


def encode_and_decode(
    samples: Samples, sample_rate: Hertz, container: str, coding: str, compression: float | None
) -> Samples:
    """A waveform (sample,) encoded and decoded, without delay; the result may be longer.

    Parameters
    ----------
    samples : (sample,) float32, at least one.
    container, coding : names in libsndfile, for example ``MP3`` and ``MPEG_LAYER_III``.
    compression : 0 (best quality) to 0.99; None is the default of the encoding.
    """
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


def can_encode(container: str, coding: str) -> bool:
    """Whether the installed libsndfile was built with this codec."""
    try:
        encode_and_decode(np.zeros(800, np.float32), MINIMUM_SAMPLE_RATE, container, coding, None)
    except (soundfile.SoundFileError, ValueError):  # ValueError: a name that soundfile lacks
        return False
    return True


@contextmanager
def _open_decoder(source: Path | bytes) -> Iterator[_Decoder]:
    """The decoder of libsndfile, or of PyAV for containers that libsndfile cannot read."""
    with ExitStack() as opened:
        try:
            file: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
            opened.enter_context(file)
            decoder: _Decoder = _open_soundfile(source, file, opened)
        except (soundfile.SoundFileError, OSError, TypeError) as error:  # TypeError: a bare .raw
            if _content(source) not in CONTAINER_CONTENTS:
                raise _unreadable(source, error) from error
            try:
                decoder = opened.enter_context(open_container(source))
            except DamagedError as failed:
                raise _truncated(_path_of(source), str(failed)) from failed
            except (UndecodableError, MissingDependencyError, OSError) as failed:
                raise _unreadable(source, failed) from failed
        yield decoder


def _open_soundfile(
    original: Path | bytes, file: BinaryIO, opened: ExitStack
) -> SoundFile | JoinedSoundFiles:
    """The decoder of an open file, which is closed with `opened`."""
    layout = find_audio_layout(file, file.seek(0, os.SEEK_END))
    if layout.missing is not None:
        raise _truncated(_path_of(original), layout.missing)
    if layout.sections:
        return JoinedSoundFiles(file, layout.sections)
    source: int | bytes | Path | BinaryIO
    if isinstance(original, bytes):
        source = file
        file.seek(0)
    elif os.name != "posix":
        source = original
    elif original.suffix.lower() in _HEADERLESS_SUFFIXES:
        source = os.fsencode(original)
    else:  # not by name: libsndfile would take the file of macOS beside it (._NAME) for a part of it
        source = file.fileno()
        os.lseek(source, 0, os.SEEK_SET)
    decoder: SoundFile = opened.enter_context(SoundFile(source))
    return decoder


def _decode(source: Path | bytes, decoder: _Decoder, maximum_seconds: Seconds) -> Iterator[Samples]:
    """Blocks ``(channel, sample)`` up to the end of the file; errors are raised there."""
    path = _path_of(source)
    limit = to_samples(maximum_seconds, decoder.samplerate)
    count = not_finite = 0
    peak = 0.0
    try:
        for block in decoder.blocks():
            count += len(block)
            if count > limit:
                raise too_long(path, maximum_seconds)
            not_finite += block.size - int(np.count_nonzero(usable(block)))
            peak = max(peak, float(block.max(initial=0.0)), -float(block.min(initial=0.0)))
            yield block.T
    except DamagedError as error:
        raise _truncated(path, str(error)) from error
    except FormatChangeError as error:
        raise AudioError(path, "format-change", f"{error}: {_CONVERT}") from error
    except UndecodableError as error:
        raise _unreadable(source, error) from error
    if (missing := decoder.missing(count)) is not None:
        raise _truncated(path, missing)
    if count == 0:
        reason = "the file has a header but no samples: copy or record it again"
        raise AudioError(path, "no-samples", reason)
    if not_finite:
        reason = (
            f"{not_finite} samples are NaN, infinite or above {LARGEST_AMPLITUDE:g} times full "
            "scale: write the file again with finite samples"
        )
        raise AudioError(path, "not-finite", reason)
    check_peak(peak, path)


def _check_format(path: Path | None, decoder: _Decoder) -> None:
    rate, channels = decoder.samplerate, decoder.channels
    if not MINIMUM_SAMPLE_RATE <= rate <= MAXIMUM_SAMPLE_RATE:
        allowed = f"{MINIMUM_SAMPLE_RATE} to {MAXIMUM_SAMPLE_RATE} Hz"
        reason = f"the sample rate is {rate} Hz, and {allowed} are allowed: record at 16000 Hz"
        raise AudioError(path, "sample-rate", reason)
    if channels > MAXIMUM_CHANNELS:
        reason = f"{channels} channels, and 1 to {MAXIMUM_CHANNELS} are allowed: mix them down"
        raise AudioError(path, "channels", reason)


def _path_of(source: Path | bytes) -> Path | None:
    return source if isinstance(source, Path) else None


def _truncated(path: Path | None, finding: str) -> AudioError:
    remedy = f"copy it again, or, to keep the intact part, {_CONVERT}"
    return AudioError(path, "truncated", f"the file is damaged or cut off ({finding}): {remedy}")


def _content(source: Path | bytes) -> str | None:
    """The type of a file by its first bytes; None where it is unknown or cannot be read."""
    try:
        return describe_content(source)
    except OSError:
        return None


def _unreadable(source: Path | bytes, error: Exception) -> AudioError:
    return AudioError(_path_of(source), "unreadable", _why_unreadable(source, error))


def _why_unreadable(source: Path | bytes, error: Exception) -> str:
    in_memory = isinstance(source, bytes)
    if isinstance(error, PermissionError) or not (in_memory or os.access(source, os.R_OK)):
        return "the file cannot be opened: check its permissions"
    content = _content(source)
    if isinstance(error, MissingDependencyError):
        return f"this is {content} that libsndfile cannot decode: {error}; or {_CONVERT}"
    cause = (getattr(error, "error_string", None) or str(error)).rstrip(".")
    if content is not None:
        return f"this is {content}, which cannot be decoded ({cause}): {_CONVERT}"
    return f"the file is no readable audio ({cause}): {_CONVERT}"
