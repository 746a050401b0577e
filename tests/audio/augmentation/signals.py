"""Waveforms of known content, and measurements of waveforms with NumPy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.waveform import Samples

RATE = 16_000


def tone(hertz: float, seconds: float = 1.5, rate: int = RATE, amplitude: float = 0.5) -> Samples:
    """A sine (sample,)."""
    times = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def white_noise(seconds: float = 1.5, rate: int = RATE, seed: int = 0) -> Samples:
    """Noise (sample,) of equal power at all frequencies."""
    generator = np.random.default_rng(seed)
    return (0.1 * generator.standard_normal(round(seconds * rate))).astype(np.float32)


def bursts(seconds: float = 1.5, rate: int = RATE) -> Samples:
    """A tone of 500 Hz (sample,) that comes and goes at irregular times, like syllables."""
    generator = np.random.default_rng(0)
    times = np.arange(round(seconds * rate)) / rate
    centres = generator.uniform(0.1, seconds - 0.1, 8)
    envelope = np.exp(-(((times[:, None] - centres) / 0.02) ** 2)).sum(axis=1)
    samples: Samples = tone(500.0, seconds, rate) * envelope.astype(np.float32)
    return samples


def strongest_hertz(samples: Samples, rate: int = RATE) -> float:
    """The frequency with most power, to within 0.1 Hz."""
    size = 10 * rate
    windowed = samples.astype(np.float64) * np.hanning(len(samples))
    return float(np.abs(np.fft.rfft(windowed, size)).argmax() * rate / size)


def power_between(samples: Samples, low_hz: float, high_hz: float, rate: int = RATE) -> float:
    """Power of the part between two frequencies, under a Hann window, which leaks little."""
    spectrum = np.fft.rfft(samples.astype(np.float64) * np.hanning(len(samples)))
    hertz = np.fft.rfftfreq(len(samples), 1 / rate)
    inside = (hertz >= low_hz) & (hertz <= high_hz)
    return float((np.abs(spectrum[inside]) ** 2).sum())


def delay_samples(result: Samples, original: Samples) -> int:
    """By how many samples `result` comes later, at the peak of the cross-correlation."""
    size = len(result) + len(original)
    spectrum = np.fft.rfft(result, size) * np.fft.rfft(original, size).conj()
    correlation: npt.NDArray[np.float64] = np.fft.irfft(spectrum, size)
    lag = int(correlation.argmax())
    return lag - size if lag > size // 2 else lag
