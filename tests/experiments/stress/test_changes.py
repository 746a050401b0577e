"""Each change has the stated effect, and depends on its drawn parameters alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_classifier.audio.augmentation.augmentation import Augmentation
from emotion_classifier.audio.augmentation.noise import rms
from emotion_classifier.audio.augmentation.sound_bank import SoundBank
from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.experiments.stress.changes import (
    Band,
    ClippedShare,
    Compressor,
    Cut,
    Event,
    Impulse,
    OneOf,
    PinkNoise,
    Tilt,
    Tone,
    Zeros,
)

RATE = 16_000


@pytest.fixture
def noise() -> Samples:
    """One second of white noise."""
    return np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)


def changed(change: Augmentation[Any], samples: Samples, seed: int = 0) -> Samples:
    parameters = change.draw(len(samples), RATE, np.random.default_rng(seed))
    once, again = (change.apply(samples, RATE, parameters) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert once.dtype == np.float32
    return once


def octave_db(samples: Samples, low_hz: float) -> float:
    """Power of an octave in dB."""
    power = np.abs(np.fft.rfft(samples.astype(np.float64))) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    return float(10 * np.log10(power[(hertz >= low_hz) & (hertz < 2 * low_hz)].sum()))


@pytest.mark.parametrize("change", [Tone(40.0), PinkNoise(40.0)])
def test_added_sound_is_so_far_below_the_clip(change: Tone | PinkNoise, noise: Samples) -> None:
    added = changed(change, noise) - noise
    assert 20 * np.log10(rms(noise) / rms(added)) == pytest.approx(40.0, abs=0.1)


def test_the_tone_is_between_5_and_7_khz(noise: Samples) -> None:
    spectrum = np.abs(np.fft.rfft(changed(Tone(-20.0), noise)))
    assert 5_000 <= int(spectrum.argmax()) <= 7_000


def test_zeros_and_cuts_change_the_length(noise: Samples) -> None:
    assert changed(Zeros(100, 0), noise)[:100].tolist() == [0.0] * 100
    assert len(changed(Zeros(0, 500), noise)) == RATE + 500
    np.testing.assert_array_equal(changed(Cut(100, 50), noise), noise[100:-50])
    assert len(changed(Cut(RATE, 0), noise)) == RATE


def test_a_share_of_the_samples_is_clipped(noise: Samples) -> None:
    result = changed(ClippedShare(0.01), noise)
    assert np.mean(result != noise) == pytest.approx(0.01, abs=0.001)


def test_band_limits_attenuate_by_3_db_at_their_frequency() -> None:
    seconds = np.arange(RATE) / RATE
    for change, hertz in ((Band(low_hz=150.0), 150), (Band(high_hz=6500.0), 6500)):
        tone = np.sin(2 * np.pi * hertz * seconds).astype(np.float32)
        result = changed(change, tone)
        middle = slice(4000, 12_000)
        assert 20 * np.log10(rms(result[middle]) / rms(tone[middle])) == pytest.approx(-3, abs=0.2)


@pytest.mark.parametrize("slope", [3.0, -3.0])
def test_a_tilt_changes_each_octave_at_the_same_level(slope: float, noise: Samples) -> None:
    result = changed(Tilt(slope), noise)
    gains = [octave_db(result, hz) - octave_db(noise, hz) for hz in (500.0, 1000.0, 2000.0)]
    np.testing.assert_allclose(np.diff(gains), slope, atol=0.3)
    assert rms(result) == pytest.approx(rms(noise), rel=1e-3)


def test_pink_noise_falls_by_3_db_per_octave_of_equal_power(noise: Samples) -> None:
    pink = changed(PinkNoise(-60.0), noise)
    levels = [octave_db(pink, hz) for hz in (500.0, 1000.0, 2000.0)]
    assert max(levels) - min(levels) < 1.0  # 3 dB less in twice the width


def test_a_compressor_brings_loud_and_quiet_closer(noise: Samples) -> None:
    loud_and_quiet = np.concatenate([noise, noise * np.float32(0.2)])
    result = changed(Compressor(20.0, 4.0), loud_and_quiet)
    before, after = (rms(one[:RATE]) / rms(one[RATE:]) for one in (loud_and_quiet, result))
    assert after < 0.5 * before
    assert rms(result) == pytest.approx(rms(loud_and_quiet), rel=1e-3)
    assert not changed(Compressor(20.0, 4.0), np.zeros(100, np.float32)).any()


def test_an_event_is_a_second_at_most_and_10_db_below(
    noise: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))
    sound = np.random.default_rng(1).normal(0, 0.3, 3 * RATE).astype(np.float32)
    write_wav(tmp_path / "cough.wav", sound, RATE)
    clip = np.tile(noise, 3)
    added = changed(Event(SoundBank(tmp_path, ("cough.wav",)), 10.0), clip) - clip
    present = np.flatnonzero(added)
    assert present.max() - present.min() < RATE
    level = rms(added[present.min() : present.max() + 1])
    assert 20 * np.log10(rms(clip) / level) == pytest.approx(10.0, abs=0.2)


def test_a_knock_is_short(noise: Samples) -> None:
    present = np.flatnonzero(changed(Impulse(10.0), noise) - noise)
    assert 0 < len(present) <= RATE // 10


def test_one_of_several_changes_is_drawn(noise: Samples) -> None:
    change = OneOf([Zeros(100, 0), Zeros(500, 0)])
    lengths = {len(changed(change, noise, seed)) - RATE for seed in range(20)}
    assert lengths == {100, 500}
