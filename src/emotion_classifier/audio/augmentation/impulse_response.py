"""Reverberation by measured impulse responses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.random import Generator

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.augmentation.filtering import convolved
from emotion_classifier.audio.augmentation.noise import rms
from emotion_classifier.audio.augmentation.sound_bank import SoundBank
from emotion_classifier.audio.io import find_audio
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import ConfigError
from emotion_classifier.units import Hertz


class ImpulseResponseConfig(AugmentationSettings):
    """The sound of a room, from measured impulse responses."""

    kind: Literal["impulse_response"] = "impulse_response"
    path: Path
    """Folder with audio files of impulse responses at any depth and rate, or one such file."""

    def build(self) -> ImpulseResponse:
        path = self.path.expanduser()
        if path.is_file():
            return ImpulseResponse(SoundBank(path.parent, (path.name,)))
        if not path.is_dir():
            raise ConfigError(_without_responses(path, "does not exist"))
        names = tuple(file.relative_to(path).as_posix() for file in find_audio(path))
        if not names:
            raise ConfigError(_without_responses(path, "holds no audio files"))
        return ImpulseResponse(SoundBank(path, names))


class DrawnResponse(NamedTuple):
    """The file of an impulse response."""

    file: str


@dataclass(frozen=True)
class ImpulseResponse:
    """Adds the reverberation of a room; duration, level and onset of the clip stay."""

    responses: SoundBank

    def prepare(self, sample_rate: Hertz) -> None:
        """Decode the responses at this rate; for errors see `SoundBank.prepare`."""
        self.responses.prepare(sample_rate)

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> DrawnResponse:
        """The impulse response."""
        return DrawnResponse(self.responses.names[generator.integers(len(self.responses.names))])

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: DrawnResponse) -> Samples:
        """The waveform (sample,) with reverberation."""
        result = reverberated(samples, self.responses.samples(parameters.file, sample_rate))
        level = rms(result)
        # Digital silence stays silent, and so does a clip too quiet for a measurable level.
        return result * np.float32(rms(samples) / level) if level > 0.0 else result


def reverberated(samples: Samples, response: Samples) -> Samples:
    """The convolution, of which the strongest sample of the response is the origin: no delay.

    Parameters
    ----------
    samples : (sample,); the result is as long.
    response : (sample,); samples before the strongest one act ahead of time.
    """
    return convolved(samples, response, start=int(np.abs(response).argmax()))


def _without_responses(path: Path, finding: str) -> str:
    return (
        f"impulse_response: path: {path} {finding}: name a folder of room impulse responses (WAV, "
        "FLAC, OGG or MP3) or one such file, or take impulse_response out of the chain"
    )
