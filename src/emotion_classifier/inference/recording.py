"""Recordings as predictors take them: files, their content, waveforms and arrays, read block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Protocol, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.io import AudioStream, open_audio
from emotion_classifier.audio.mixdown import Mixdown
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.errors import AudioError
from emotion_classifier.units import Hertz, Seconds, to_samples


class AudioSource(Protocol):
    """A recording that is decoded in another way, each time from its start."""

    def open_stream(self, maximum_seconds: Seconds) -> AbstractContextManager[AudioStream]:
        """Its samples, block by block; for errors see `open_audio`."""


Recording: TypeAlias = Path | str | Waveform | bytes | AudioSource
"""A file, a waveform in memory, the content of a file, or a source."""

_BLOCK_SECONDS: Seconds = 10.0


@contextmanager
def open_recording(recording: Recording, maximum_seconds: Seconds) -> Iterator[AudioStream]:
    """The samples of a recording, block by block.

    Raises
    ------
    AudioError
        The file cannot be decoded, see `open_audio`.
    """
    if isinstance(recording, Waveform):
        samples, rate = recording.samples, recording.sample_rate
        size = to_samples(_BLOCK_SECONDS, rate)
        starts = range(0, max(1, samples.shape[1]), size)
        blocks = (samples[:, start : start + size] for start in starts)
        yield AudioStream(rate, len(samples), blocks)
    elif isinstance(recording, Path | str | bytes):
        file = Path(recording) if isinstance(recording, str) else recording
        with open_audio(file, maximum_seconds=maximum_seconds) as audio:
            yield audio
    elif hasattr(recording, "open_stream"):
        with recording.open_stream(maximum_seconds) as audio:
            yield audio
    else:
        reason = f"{type(recording).__name__} is no recording: give a file, its bytes or a Waveform"
        raise AudioError(None, "unreadable", reason)


def require_several(recordings: object) -> None:
    """Raise `TypeError` where a single recording is given for an iterable of them."""
    if isinstance(recordings, str | bytes | Path | Waveform):
        name = type(recordings).__name__
        raise TypeError(f"a single recording ({name}) where several are needed: put it into a list")


def path_of(recording: Recording) -> Path | None:
    """The path of a file; None for audio in memory."""
    return Path(recording) if isinstance(recording, Path | str) else None


def as_recording(
    recording: Recording | IO[bytes] | npt.ArrayLike, sample_rate: Hertz | None
) -> Recording:
    """The recording, the content of a file object, or the waveform of an array of that rate.

    Parameters
    ----------
    recording : a file object is read from its position to its end; an array is (sample,) or
        (channel, sample).

    Raises
    ------
    AudioError
        The array is no audio, its rate is missing, or a rate is given for a file or waveform; the file
        object is open as text.
    """
    has_own_rate = isinstance(recording, Path | str | Waveform) or hasattr(recording, "open_stream")
    is_encoded = isinstance(recording, bytes | bytearray | memoryview) and sample_rate is None
    if is_encoded:
        return bytes(cast("bytes", recording))
    if read := getattr(recording, "read", None):
        has_own_rate, recording = True, _content(read)
    if not has_own_rate:
        if sample_rate is None:
            reason = "an array has no sample rate of its own: pass predict(samples, sample_rate)"
            raise AudioError(None, "sample-rate", reason)
        return Waveform.from_array(cast("npt.ArrayLike", recording), sample_rate)
    found = cast("Recording", recording)
    if sample_rate is not None:
        reason = (
            "a file or Waveform has its own sample rate: leave out sample_rate, it is for arrays"
        )
        raise AudioError(path_of(found), "sample-rate", reason)
    return found


def _content(read: Callable[[], object]) -> bytes:
    """What a file object returns when it is read."""
    try:
        content = read()
    except (ValueError, OSError) as error:  # closed, not open for reading, or lost
        reason = f"the file object cannot be read ({error}): open it in binary mode"
        raise AudioError(None, "unreadable", reason) from error
    if isinstance(content, bytes | bytearray | memoryview):
        return bytes(content)
    reason = (
        f"reading the file object gives {type(content).__name__}, not bytes: open it in binary mode"
    )
    raise AudioError(None, "unreadable", reason)


def mono_blocks(
    audio: AudioStream, longer_than: Seconds, mixdown: Mixdown
) -> Iterator[tuple[Samples, bool]]:
    """Mixed blocks (sample,) of more than so many seconds, each with whether it is the last one."""
    least = to_samples(longer_than, audio.sample_rate)
    waiting: list[Samples] = []
    count = 0
    for block in audio.blocks:
        if count > least:
            yield np.concatenate(waiting), False
            waiting, count = [], 0
        waiting.append(mixdown.mix(block))
        count += block.shape[1]
    yield waiting[0] if len(waiting) == 1 else np.concatenate(waiting), True
