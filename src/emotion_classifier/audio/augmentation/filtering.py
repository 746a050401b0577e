"""Filters of the recording path: the response of a microphone, the reverberation of a room."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.random import Generator
from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import AugmentationSettings
from emotion_classifier.audio.augmentation.noise import rms
from emotion_classifier.audio.augmentation.sound_bank import SoundBank
from emotion_classifier.audio.folders import find_audio
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import ConfigError
from emotion_classifier.storage import expanded
from emotion_classifier.units import Decibels, Hertz, Seconds, to_samples

BAND_CENTRES_HZ = (63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)
"""The octave bands of the equaliser."""

# Fine enough for straight lines between the points to miss the kinks by less than half a decibel.
_POINTS_HZ = np.geomspace(20.0, 24_000.0, 160)

LowCutHz = Annotated[float, Field(ge=10.0, le=1_000.0)]
HighCutHz = Annotated[float, Field(ge=2_000.0, le=24_000.0)]

# Blocks whose transforms stay in the processor's cache: faster than one long transform, for which
# several hundred kilobytes of memory are allocated by the system each time.
_BLOCK = 8192
_SIZE = 2 * _BLOCK

Spectrum = npt.NDArray[np.complex64]
_RINGING_SECONDS: Seconds = 0.05  # zeros that keep the end of a clip from ringing into its start


class MicrophoneConfig(AugmentationSettings):
    """Another microphone: an uneven response within band limits."""

    kind: Literal["microphone"] = "microphone"
    maximum_gain_db: Annotated[float, Field(ge=0.0, le=24.0)] = 6.0
    """Each octave band becomes louder or quieter by at most this."""
    minimum_low_cut_hz: LowCutHz = 20.0
    """Lowest frequency below which sound fades by 12 dB per octave."""
    maximum_low_cut_hz: LowCutHz = 200.0
    """Highest frequency below which sound fades."""
    minimum_high_cut_hz: HighCutHz = 5_000.0
    """Lowest frequency above which sound fades by 12 dB per octave."""
    maximum_high_cut_hz: HighCutHz = 12_000.0
    """Highest frequency above which sound fades."""

    def build(self) -> Microphone:
        return Microphone(
            self.maximum_gain_db,
            (self.minimum_low_cut_hz, self.maximum_low_cut_hz),
            (self.minimum_high_cut_hz, self.maximum_high_cut_hz),
        )


class Response(NamedTuple):
    """Frequency response of a microphone.

    Parameters
    ----------
    gains_db : (band,) at `BAND_CENTRES_HZ`.
    low_cut_hz, high_cut_hz : frequencies at which the band limits attenuate by 3 dB.
    """

    gains_db: tuple[Decibels, ...]
    low_cut_hz: float
    high_cut_hz: float


@dataclass(frozen=True)
class Microphone:
    """Applies the drawn response; phases stay. Each cut has its lowest and highest frequency."""

    maximum_gain_db: Decibels
    low_cut_hz: tuple[float, float]
    high_cut_hz: tuple[float, float]

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> Response:
        """The response; the band limits are drawn on a logarithmic scale."""
        bands = len(BAND_CENTRES_HZ)
        gains = generator.uniform(-self.maximum_gain_db, self.maximum_gain_db, bands)
        low = np.exp(generator.uniform(*np.log(self.low_cut_hz)))
        high = np.exp(generator.uniform(*np.log(self.high_cut_hz)))
        return Response(tuple(gains.tolist()), float(low), float(high))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Response) -> Samples:
        """The waveform (sample,) with that response."""
        octaves, centres = np.log2(_POINTS_HZ), np.log2(BAND_CENTRES_HZ)
        gains = 10.0 ** (np.interp(octaves, centres, parameters.gains_db) / 20.0)
        # Second-order Butterworth flanks.
        gains /= np.sqrt(1.0 + (parameters.low_cut_hz / _POINTS_HZ) ** 4)
        gains /= np.sqrt(1.0 + (_POINTS_HZ / parameters.high_cut_hz) ** 4)
        return shape_spectrum(samples, sample_rate, _POINTS_HZ, gains)


class ImpulseResponseConfig(AugmentationSettings):
    """The sound of a room, from measured impulse responses."""

    kind: Literal["impulse_response"] = "impulse_response"
    path: Path
    """Folder with audio files of impulse responses at any depth and rate, or one such file."""

    def build(self) -> ImpulseResponse:
        path = expanded(self.path)
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


def shape_spectrum(
    samples: Samples,
    sample_rate: Hertz,
    hertz: npt.NDArray[np.float64],
    gains: npt.NDArray[np.float64],
) -> Samples:
    """The waveform (sample,) with each frequency at its gain, in phase with the input.

    Parameters
    ----------
    samples : (sample,) float32.
    hertz, gains : (point,) ascending frequencies and the factors of amplitude there; a straight
        line between two points, and beyond the last ones the factor of the last.
    """
    size = fast_length(len(samples) + to_samples(_RINGING_SECONDS, sample_rate))
    # "ortho", because with the default factor NumPy transforms in double precision: much slower.
    spectrum = np.fft.rfft(samples, size, norm="ortho")
    bins = np.fft.rfftfreq(size, 1.0 / sample_rate)
    spectrum *= np.interp(bins, hertz, gains).astype(np.float32)
    shaped = np.fft.irfft(spectrum, size, norm="ortho").astype(np.float32, copy=False)
    return shaped[: len(samples)]


def fast_length(minimum: int) -> int:
    """The next length that is 5, 6, 7 or 8 times a power of two: transforms are fast there."""
    unit = 1 << max(0, (minimum - 1).bit_length() - 3)
    return -(-minimum // unit) * unit


def convolved(samples: Samples, response: Samples, start: int) -> Samples:
    """As many samples (sample,) of the convolution as `samples` has, from `start` on.

    The blocks of both are transformed once, and those that meet in one block of the result are
    summed before they are transformed back (uniformly partitioned overlap-add).

    Parameters
    ----------
    samples, response : (sample,) float32.
    start : in samples, within the response.
    """
    end = start + len(samples)
    blocks = -(-end // _BLOCK)
    inputs = _spectra(samples)
    parts = _spectra(response[:end])
    result = np.zeros((blocks + 1) * _BLOCK, dtype=np.float32)
    for block in range(blocks):
        first = max(0, block - len(inputs) + 1)
        last = min(block, len(parts) - 1)
        if first > last:
            continue
        total = inputs[block - first] * parts[first]
        for part in range(first + 1, last + 1):
            total += inputs[block - part] * parts[part]
        result[block * _BLOCK :][:_SIZE] += np.fft.irfft(total, _SIZE, norm="ortho")
    result *= np.float32(np.sqrt(_SIZE))
    return result[start:end]


def _spectra(samples: Samples) -> list[Spectrum]:
    """The transforms (bin,) of consecutive blocks, normalised as in `shape_spectrum`."""
    blocks = (samples[start : start + _BLOCK] for start in range(0, len(samples), _BLOCK))
    return [
        np.fft.rfft(block, _SIZE, norm="ortho").astype(np.complex64, copy=False) for block in blocks
    ]
