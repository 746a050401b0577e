"""Recordings that clips are mixed or convolved with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from emotion_classifier.audio.array_cache import default_cache_folder
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.audio.waveform_cache import CachedClip, WaveformCache
from emotion_classifier.errors import AudioError, ConfigError
from emotion_classifier.units import Decibels, Hertz, Seconds

# The longest recording of MUSAN is a piece of music of more than ten minutes, the limit for clips.
_MAXIMUM_SECONDS: Seconds = 7200.0
_MAXIMUM_TOLD = 10


@dataclass(frozen=True)
class SoundBank:
    """Recordings below a folder, each decoded once and resampled once to the rate in use.

    The samples lie in the waveform cache and are memory-mapped: all workers share their pages, and
    what is pickled is names and lengths.

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
        """Decode what is not in the cache at this rate; what was asked for before costs nothing.

        Raises
        ------
        ConfigError
            Recordings that cannot be used: silent, damaged, no audio. It names each with its reason.
        StorageError
            The folder of the cache is full or cannot be written.
        """
        if sample_rate in self._clips:
            return
        preparation = Preparation(sample_rate, self.trim_below_db, _MAXIMUM_SECONDS)
        cache = WaveformCache(default_cache_folder(), preparation)
        found = cache.prepare_all([self.folder / name for name in self.names])
        errors = [one for one in found.values() if isinstance(one, AudioError)]
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


def _unusable(errors: list[AudioError], total: int) -> str:
    lines = [f"  {error}" for error in errors[:_MAXIMUM_TOLD]]
    if len(errors) > _MAXIMUM_TOLD:
        lines.append(f"  and {len(errors) - _MAXIMUM_TOLD} more")
    heading = (
        f"{len(errors)} of {total} recordings for augmentation cannot be used; repair or remove:"
    )
    return "\n".join([heading, *lines])
