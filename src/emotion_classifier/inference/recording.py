"""Recordings as predictors take them: files, waveforms and arrays, read block by block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.io import AudioStream, open_audio
from emotion_classifier.audio.mixdown import Mixdown
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.errors import AudioError
from emotion_classifier.units import Hertz, Seconds, to_samples

Recording: TypeAlias = Path | str | Waveform
"""A file, or a waveform in memory."""

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
    else:
        with open_audio(Path(recording), maximum_seconds=maximum_seconds) as audio:
            yield audio


def path_of(recording: Recording) -> Path | None:
    """The path of a file; None for a waveform."""
    return None if isinstance(recording, Waveform) else Path(recording)


def as_recording(recording: Recording | npt.ArrayLike, sample_rate: Hertz | None) -> Recording:
    """The recording, or the waveform of an array (sample,) or (channel, sample) of that rate.

    Raises
    ------
    AudioError
        The array is no audio, its rate is missing, or a rate is given for a file or waveform.
    """
    if isinstance(recording, Path | str | Waveform):
        if sample_rate is None:
            return recording
        reason = (
            "a file or Waveform has its own sample rate: leave out sample_rate, it is for arrays"
        )
        raise AudioError(path_of(recording), "sample-rate", reason)
    if sample_rate is None:
        reason = "an array has no sample rate of its own: pass predict(samples, sample_rate)"
        raise AudioError(None, "sample-rate", reason)
    return Waveform.from_array(recording, sample_rate)


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
