"""Recorded noise, music and voices in the background."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self

import numpy as np
from numpy.random import Generator
from pydantic import Field, model_validator

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.augmentation.noise import SnrDb, rms, with_noise
from emotion_classifier.audio.augmentation.sound_bank import SoundBank, looped
from emotion_classifier.audio.folders import find_audio
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.config import StrictConfig
from emotion_classifier.errors import ConfigError
from emotion_classifier.storage import expanded
from emotion_classifier.units import Decibels, Hertz, Seconds, to_samples

KINDS = ("noise", "speech", "music")
FADE_SECONDS: Seconds = 0.05
"""Over which the end of a short recording fades into its beginning."""
# Recordings often end in digital silence, whose level cannot be scaled.
_TRIM_BELOW_DB: Decibels = 60.0

Weight = Annotated[float, Field(ge=0.0, le=1e6)]
Voices = Annotated[int, Field(ge=1, le=50)]


class NoiseWeightsConfig(StrictConfig):
    """How often each kind of noise is drawn, relative to the others."""

    noise: Weight = 0.0
    """Sounds, from the folder `noise/`."""
    speech: Weight = 0.0
    """Voices, from the folder `speech/`."""
    music: Weight = 0.0
    """Music, from the folder `music/`."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not any(self.model_dump().values()):
            raise ValueError("all weights are 0: give noise, speech or music a weight above 0")
        return self


class BackgroundNoiseConfig(AugmentationSettings):
    """Recorded noise, music or voices behind the clip, from a folder in MUSAN layout."""

    kind: Literal["background_noise"] = "background_noise"
    path: Path
    """Folder with `noise/`, `speech/` or `music/` below it, as MUSAN has; the rate is any."""
    weights: NoiseWeightsConfig | None = None
    """How often each kind is drawn; null draws the kinds in the folder equally often."""
    minimum_snr_db: SnrDb = 5.0
    """Lowest distance of the noise below the level of the whole clip."""
    maximum_snr_db: SnrDb = 30.0
    """Highest distance of the noise below the level of the whole clip."""
    minimum_babble_voices: Voices = 3
    """Fewest recordings of speech that are summed where speech is drawn."""
    maximum_babble_voices: Voices = 7
    """Most recordings of speech that are summed where speech is drawn."""

    def build(self) -> BackgroundNoise:
        path = expanded(self.path)
        found = find_noise(path)
        shares = self.weights.model_dump() if self.weights else dict.fromkeys(found, 1.0)
        shares = {kind: share for kind, share in shares.items() if share > 0.0}
        if absent := [kind for kind in shares if kind not in found]:
            raise ConfigError(
                f"background_noise: weights: {absent[0]} has the weight {shares[absent[0]]:g}, but "
                f"{path / absent[0]} holds no audio files: put some there, or set it to 0"
            )
        names = {kind: found[kind] for kind in shares}
        return BackgroundNoise(
            SoundBank(
                path, tuple(name for kind in names.values() for name in kind), _TRIM_BELOW_DB
            ),
            names,
            shares,
            (self.minimum_snr_db, self.maximum_snr_db),
            (self.minimum_babble_voices, self.maximum_babble_voices),
        )


class DrawnBackground(NamedTuple):
    """Background of a clip.

    Parameters
    ----------
    snr_db : distance below the clip.
    files : summed, each at the same level.
    positions : start of each, as a share from 0 to 1 of the possible starts.
    """

    snr_db: Decibels
    files: tuple[str, ...]
    positions: tuple[float, ...]


@dataclass(frozen=True)
class BackgroundNoise:
    """Adds a section of recorded noise; recordings shorter than the clip are looped.

    Parameters
    ----------
    sounds : all recordings.
    names : kind → its recordings, all equally likely.
    weights : kind → how often it is drawn.
    snr_db : lowest and highest level of the clip above that of the noise.
    babble_voices : fewest and most recordings that are summed where speech is drawn.
    """

    sounds: SoundBank
    names: Mapping[str, tuple[str, ...]]
    weights: Mapping[str, float]
    snr_db: tuple[Decibels, Decibels]
    babble_voices: tuple[int, int]

    def prepare(self, sample_rate: Hertz) -> None:
        """Decode the recordings at this rate; for errors see `SoundBank.prepare`."""
        self.sounds.prepare(sample_rate)

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> DrawnBackground:
        """The recordings, their starts, and their distance below the clip."""
        kinds = list(self.weights)
        weights = np.array([self.weights[kind] for kind in kinds])
        kind = kinds[generator.choice(len(kinds), p=weights / weights.sum())]
        count = generator.integers(*self.babble_voices, endpoint=True) if kind == "speech" else 1
        chosen = generator.integers(len(self.names[kind]), size=count)
        files = tuple(self.names[kind][index] for index in chosen)
        positions = tuple(map(float, generator.random(count)))
        return DrawnBackground(float(generator.uniform(*self.snr_db)), files, positions)

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: DrawnBackground) -> Samples:
        """The waveform (sample,) with noise; unchanged where the noise is silent."""
        voices = [
            self._section(file, position, len(samples), sample_rate)
            for file, position in zip(parameters.files, parameters.positions, strict=True)
        ]
        noise = voices[0] if len(voices) == 1 else _at_one_level(voices)
        return with_noise(samples, noise, parameters.snr_db)

    def _section(self, file: str, position: float, length: int, sample_rate: Hertz) -> Samples:
        recording = self.sounds.samples(file, sample_rate)
        if len(recording) < length:
            fade = to_samples(FADE_SECONDS, sample_rate)
            return looped(recording, int(position * len(recording)), length, fade)
        start = int(position * (len(recording) - length + 1))
        return recording[start : start + length]


def _at_one_level(voices: list[Samples]) -> Samples:
    """The sum of waveforms (sample,), each scaled to the same RMS; silent ones add nothing."""
    total = np.zeros_like(voices[0])
    for voice in voices:
        if level := rms(voice):
            total += voice * np.float32(1.0 / level)
    return total


def find_noise(path: Path) -> dict[str, tuple[str, ...]]:
    """Recordings of each kind relative to `path`; kinds without any are left out.

    Raises
    ------
    ConfigError
        No audio in ``noise/``, ``speech/`` or ``music/`` below `path`.
    """
    if not path.is_dir():
        raise ConfigError(_without_noise(path, "is a file" if path.exists() else "does not exist"))
    found = {
        kind: tuple(file.relative_to(path).as_posix() for file in find_audio(path / kind))
        for kind in KINDS
        if (path / kind).is_dir()
    }
    found = {kind: names for kind, names in found.items() if names}
    if not found:
        raise ConfigError(_without_noise(path, "holds no audio files in MUSAN layout"))
    return found


def _without_noise(path: Path, finding: str) -> str:
    return (
        f"background_noise: path: {path} {finding}: name a folder in MUSAN layout, with audio files "
        "in noise/, speech/ or music/ below it (MUSAN itself: https://www.openslr.org/17), or take "
        "background_noise out of the chain"
    )
