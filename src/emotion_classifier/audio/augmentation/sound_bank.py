"""Recordings for augmentation: noise and impulse responses."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from emotion_classifier.audio.array_cache import default_cache_folder
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.audio.waveform_cache import CachedClip, WaveformCache
from emotion_classifier.errors import AudioError, ConfigError
from emotion_classifier.units import Decibels, Hertz, Seconds

# The longest recording of MUSAN is a piece of music of more than ten minutes, the limit for clips.
_MAXIMUM_SECONDS: Seconds = 7200.0
_MOST_REPORTED = 10


@dataclass(frozen=True)
class SoundBank:
    """Recordings below a folder, each decoded once and resampled once to the rate in use.

    The samples are memory-mapped from the waveform cache: all workers share their pages.

    Parameters
    ----------
    folder : that the names are relative to.
    names : of audio files, with forward slashes.
    trim_below_db : silence at both ends of a recording that is this much quieter than its loudest
        frame is left out; None keeps it.
    """

    folder: Path
    names: tuple[str, ...]
    trim_below_db: Decibels | None = None
    _clips: dict[Hertz, dict[str, CachedClip]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def prepare(self, sample_rate: Hertz) -> None:
        """Decode the recordings that the cache lacks at this rate.

        Raises
        ------
        ConfigError
            Recordings are silent, damaged or no audio; the message names each with its reason.
        StorageError
            The folder of the cache is full or cannot be written.
        """
        if sample_rate in self._clips:
            return
        preparation = Preparation(sample_rate, self.trim_below_db, _MAXIMUM_SECONDS)
        cache = WaveformCache(default_cache_folder(), preparation)
        found = cache.prepare_all([self.folder / name for name in self.names])
        errors = [error for error in found.values() if isinstance(error, AudioError)]
        if errors:
            raise ConfigError(_unusable(errors, len(found)))
        self._clips[sample_rate] = {
            name: clip
            for name, clip in zip(self.names, found.values(), strict=True)
            if isinstance(clip, CachedClip)
        }

    def samples(self, name: str, sample_rate: Hertz) -> Samples:
        """One recording (sample,), memory-mapped and read-only; for errors see `prepare`."""
        self.prepare(sample_rate)
        return self._clips[sample_rate][name].samples()


def looped(samples: Samples, start: int, length: int, fade: int) -> Samples:
    """`length` samples (sample,) from `start` on of a recording that is repeated without end.

    Its end fades into its beginning over `fade` samples, or over half of it where that is less, at
    equal power, because the two are not correlated.
    """
    fade = min(fade, len(samples) // 2)
    period = len(samples) - fade
    once = samples[:period].copy()
    centres = np.arange(fade, dtype=np.float32) + np.float32(0.5)
    rise = np.sin(centres * np.float32(np.pi / 2 / max(fade, 1)))
    once[:fade] = rise * samples[:fade] + rise[::-1] * samples[period:]
    start %= period
    return np.tile(once, -(-(start + length) // period))[start : start + length]


def _unusable(errors: list[AudioError], total: int) -> str:
    lines = [f"  {error}" for error in errors[:_MOST_REPORTED]]
    if len(errors) > _MOST_REPORTED:
        lines.append(f"  and {len(errors) - _MOST_REPORTED} more")
    heading = (
        f"{len(errors)} of {total} recordings for augmentation cannot be used; repair or remove:"
    )
    return "\n".join([heading, *lines])
