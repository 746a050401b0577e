"""Changes of recordings that only tests of robustness need; those of training are in `audio.augmentation`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from emotion_classifier.audio.augmentation.augmentation import Augmentation
from emotion_classifier.audio.augmentation.filtering import shape_spectrum
from emotion_classifier.audio.augmentation.noise import rms, with_noise
from emotion_classifier.audio.augmentation.sound_bank import SoundBank
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.units import Decibels, Hertz, Seconds, to_samples

_POINTS_HZ = np.geomspace(10.0, 96_000.0, 400)
_EVENT_SECONDS: Seconds = 1.0
_FRAME_SECONDS: Seconds = 0.01


class _Fixed:
    """Base of changes without random parameters."""

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> None:
        """No parameters."""


class Chosen(NamedTuple):
    """Position of one of several changes, and its own parameters."""

    position: int
    parameters: Any


@dataclass(frozen=True)
class OneOf:
    """One of several changes, all equally likely."""

    changes: Sequence[Augmentation[Any]]

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> Chosen:
        """The change and its parameters."""
        position = int(generator.integers(len(self.changes)))
        own = self.changes[position].draw(sample_count, sample_rate, generator)
        return Chosen(position, own)

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: Chosen) -> Samples:
        """The waveform (sample,) after the chosen change."""
        change = self.changes[parameters.position]
        return change.apply(samples, sample_rate, parameters.parameters)


@dataclass(frozen=True)
class Tone:
    """Adds a sine `snr_db` below the clip, of a frequency between 5 and 7 kHz."""

    snr_db: Decibels

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> float:
        """The frequency in hertz."""
        return float(generator.uniform(5_000.0, 7_000.0))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: float) -> Samples:
        """The waveform (sample,) with the tone."""
        phases = np.arange(len(samples)) * (2 * np.pi * parameters / sample_rate)
        return with_noise(samples, np.sin(phases).astype(np.float32), self.snr_db)


@dataclass(frozen=True)
class Zeros(_Fixed):
    """Adds zeros: so many samples before the clip, and so many behind it."""

    before: int
    behind: int

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: None) -> Samples:
        """The longer waveform (sample,)."""
        return np.pad(samples, (self.before, self.behind))


@dataclass(frozen=True)
class Cut(_Fixed):
    """Removes so many samples at the start, and so many at the end."""

    start: int
    end: int

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: None) -> Samples:
        """The shorter waveform (sample,), unchanged where nothing would be left."""
        left = samples[self.start : len(samples) - self.end]
        return left if len(left) else samples


@dataclass(frozen=True)
class ClippedShare(_Fixed):
    """Clips the loudest `share` of the samples."""

    share: float

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: None) -> Samples:
        """The waveform (sample,) clipped."""
        limit = np.float32(np.quantile(np.abs(samples), 1.0 - self.share))
        return np.clip(samples, -limit, limit)


@dataclass(frozen=True)
class Band(_Fixed):
    """Band limits with the flanks of a second-order Butterworth filter, in phase; None for no limit."""

    low_hz: float | None = None
    high_hz: float | None = None

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: None) -> Samples:
        """The filtered waveform (sample,)."""
        gains = np.ones_like(_POINTS_HZ)
        if self.low_hz is not None:
            gains /= np.sqrt(1.0 + (self.low_hz / _POINTS_HZ) ** 4)
        if self.high_hz is not None:
            gains /= np.sqrt(1.0 + (_POINTS_HZ / self.high_hz) ** 4)
        return shape_spectrum(samples, sample_rate, _POINTS_HZ, gains)


@dataclass(frozen=True)
class Tilt(_Fixed):
    """A spectrum that rises (or falls) by so many decibels per octave, at the same level."""

    db_per_octave: Decibels

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: None) -> Samples:
        """The tilted waveform (sample,)."""
        gains = 10.0 ** (self.db_per_octave * np.log2(_POINTS_HZ / 1_000.0) / 20.0)
        return _at_level_of(samples, shape_spectrum(samples, sample_rate, _POINTS_HZ, gains))


@dataclass(frozen=True)
class PinkNoise:
    """Adds noise `snr_db` below the clip whose power falls by 3 dB per octave."""

    snr_db: Decibels

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> int:
        """The seed of the noise."""
        return int(generator.integers(1 << 63))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: int) -> Samples:
        """The waveform (sample,) with noise."""
        white = np.random.default_rng(parameters).standard_normal(len(samples), dtype=np.float32)
        pink = shape_spectrum(white, sample_rate, _POINTS_HZ, np.sqrt(100.0 / _POINTS_HZ))
        return with_noise(samples, pink, self.snr_db)


@dataclass(frozen=True)
class Compressor(_Fixed):
    """Compresses the level of frames of 10 ms above `threshold_db` below the loudest, at the same level."""

    threshold_db: Decibels
    ratio: float

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: None) -> Samples:
        """The compressed waveform (sample,)."""
        size = to_samples(_FRAME_SECONDS, sample_rate)
        frames = np.pad(samples, (0, -len(samples) % size)).reshape(-1, size)
        levels = np.sqrt(np.square(frames).mean(axis=1))
        threshold = levels.max() * 10.0 ** (-self.threshold_db / 20.0)
        if threshold == 0.0:
            return samples
        gains = np.maximum(levels / threshold, 1.0) ** (1.0 / self.ratio - 1.0)
        centres = (np.arange(len(gains)) + 0.5) * size
        smooth = np.interp(np.arange(len(samples)), centres, gains).astype(np.float32)
        return _at_level_of(samples, samples * smooth)


class DrawnEvent(NamedTuple):
    """A sound of an event, and its position as a share from 0 to 1."""

    file: str
    position: float


@dataclass(frozen=True)
class Event:
    """A single short sound, such as a cough: its loudest second, `snr_db` below the level of the clip."""

    sounds: SoundBank
    snr_db: Decibels

    def prepare(self, sample_rate: Hertz) -> None:
        """Decode the sounds at this rate; for errors see `SoundBank.prepare`."""
        self.sounds.prepare(sample_rate)

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> DrawnEvent:
        """The sound and its position."""
        index = int(generator.integers(len(self.sounds.names)))
        return DrawnEvent(self.sounds.names[index], float(generator.random()))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: DrawnEvent) -> Samples:
        """The waveform (sample,) with the event."""
        sound = _loudest(self.sounds.samples(parameters.file, sample_rate), sample_rate)
        return _with_event(samples, sound, parameters.position, self.snr_db)


class DrawnImpulse(NamedTuple):
    """Seed of an impulse, and its position as a share from 0 to 1."""

    seed: int
    position: float


@dataclass(frozen=True)
class Impulse:
    """A single synthetic knock: noise that decays over 0.1 s, `snr_db` below the level of the clip."""

    snr_db: Decibels

    def draw(self, sample_count: int, sample_rate: Hertz, generator: Generator) -> DrawnImpulse:
        """The seed and the position."""
        return DrawnImpulse(int(generator.integers(1 << 63)), float(generator.random()))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: DrawnImpulse) -> Samples:
        """The waveform (sample,) with the knock."""
        length = to_samples(0.1, sample_rate)
        noise = np.random.default_rng(parameters.seed).standard_normal(length, dtype=np.float32)
        decay = np.exp(-np.arange(length, dtype=np.float32) / (length / 5))
        return _with_event(samples, noise * decay, parameters.position, self.snr_db)


def _with_event(samples: Samples, sound: Samples, position: float, snr_db: Decibels) -> Samples:
    """The clip with a sound at a position; the level of the sound is measured over the sound alone."""
    sound = sound[: len(samples)]
    level = rms(sound)
    if level == 0.0:
        return samples
    result = samples.copy()
    start = int(position * (len(samples) - len(sound) + 1))
    scale = np.float32(rms(samples) / level * 10.0 ** (-snr_db / 20.0))
    result[start : start + len(sound)] += sound * scale
    return result


def _loudest(sound: Samples, sample_rate: Hertz) -> Samples:
    """The second around the loudest sample, or the whole sound where it is shorter."""
    length = to_samples(_EVENT_SECONDS, sample_rate)
    peak = int(np.abs(sound).argmax())
    start = min(max(0, peak - length // 4), max(0, len(sound) - length))
    return sound[start : start + length]


def _at_level_of(samples: Samples, changed: npt.NDArray[np.float32]) -> Samples:
    """`changed` at the level of `samples`."""
    level = rms(changed)
    return changed * np.float32(rms(samples) / level) if level > 0.0 else changed
