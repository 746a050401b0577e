"""Preparation of recordings for models: mixing, resampling, trimming.

Training (through the cache) and prediction share it, so they cannot disagree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion_classifier.audio.clips import trim_silence
from emotion_classifier.audio.io import MAXIMUM_SECONDS, read_audio
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.errors import AudioError
from emotion_classifier.units import Decibels, Hertz, Seconds

PREPARATION_VERSION = 2
"""Increment it whenever the results of `Preparation.apply` change: caches depend on it."""
SILENCE_DBFS: Decibels = -90.0
"""Below this deviation from its own mean a clip is silent: less than one step of 16 bits."""
_SILENCE_AMPLITUDE = 10.0 ** (SILENCE_DBFS / 20.0)


@dataclass(frozen=True)
class Preparation:
    """Mix down, resample, trim.

    Parameters
    ----------
    sample_rate : of the result.
    trim_below_db : silence at both ends that is this much quieter than the loudest frame is
        removed; None keeps it.
    maximum_seconds : the longest recording that is accepted.
    """

    sample_rate: Hertz
    trim_below_db: Decibels | None = None
    maximum_seconds: Seconds = MAXIMUM_SECONDS

    def apply(self, waveform: Waveform, path: Path | None = None) -> Samples:
        """The prepared waveform ``(sample,)`` float32; `path` is only named in errors.

        Raises
        ------
        AudioError
            With the code ``silent``, because silence has no emotion, ``too-short``
            where no sample is left at the new rate, or ``not-finite``.
        """
        mono = waveform.mono()
        check_not_silent(mono.min(initial=np.inf), mono.max(initial=-np.inf), path)
        samples = resample(mono, waveform.sample_rate, self.sample_rate)
        if len(samples) == 0:
            reason = f"{len(mono)} samples are too short a recording: record at least 0.1 s"
            raise AudioError(path, "too-short", reason)
        if self.trim_below_db is None:
            return samples
        return trim_silence(samples, self.sample_rate, self.trim_below_db)

    def load(self, path: Path) -> Samples:
        """The prepared waveform ``(sample,)`` of a file; for errors see `read_audio` and `apply`."""
        return self.apply(read_audio(path, maximum_seconds=self.maximum_seconds), path)


def check_not_silent(lowest: float, highest: float, path: Path | None) -> None:
    """Raise where no sound is in a recording; a constant offset is none.

    Parameters
    ----------
    lowest, highest : of all samples of the recording.

    Raises
    ------
    AudioError
        With the code ``silent``, or ``not-finite`` where one of them is NaN or infinite.
    """
    span = float(highest) - float(lowest)
    if span / 2 < _SILENCE_AMPLITUDE:
        finding = f"the recording is silent (below {SILENCE_DBFS:g} dBFS)"
        remedy = "check the microphone, or leave the file out"
        raise AudioError(path, "silent", f"{finding}: {remedy}")
    if not math.isfinite(span):
        reason = "samples are NaN or infinite: check how they were made, or replace them by zeros"
        raise AudioError(path, "not-finite", reason)
