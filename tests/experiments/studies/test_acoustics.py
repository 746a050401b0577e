from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.experiments.studies.acoustics import (
    MEASURES,
    acoustic_measures,
    separations,
)
from emotion_classifier.units import Hertz

RATE = Hertz(16000)


def voice(hertz: float, seconds: float = 1.0, amplitude: float = 0.1, tilt: float = 1.0) -> Samples:
    """Harmonics up to 5 kHz; a higher `tilt` makes high ones weaker."""
    time = np.arange(int(seconds * RATE)) / RATE
    harmonics = range(1, int(5000 / hertz))
    wave = sum(np.sin(2 * np.pi * n * hertz * time + n) / n**tilt for n in harmonics)
    samples: Samples = (amplitude * wave / np.sqrt(np.mean(np.square(wave)))).astype(np.float32)
    return samples


def measured(samples: Samples) -> dict[str, float]:
    return dict(zip(MEASURES, acoustic_measures(samples, RATE).tolist(), strict=True))


@pytest.mark.parametrize("hertz", [90.0, 150.0, 220.0, 400.0])
def test_pitch_is_that_of_the_voice(hertz: float) -> None:
    found = measured(voice(hertz))
    assert found["pitch"] == pytest.approx(12 * np.log2(hertz / 27.5), abs=0.5)
    assert found["pitch range"] < 1.0


def test_pitch_range_is_that_between_low_and_high_parts() -> None:
    both = np.concatenate([voice(100.0), voice(200.0)])
    assert measured(both)["pitch range"] == pytest.approx(12.0, abs=0.7)


def test_level_is_in_decibels_of_full_scale() -> None:
    quiet, loud = (measured(voice(150.0, amplitude=a))["level"] for a in (0.01, 0.1))
    assert loud == pytest.approx(-20.0, abs=0.3)
    assert loud - quiet == pytest.approx(20.0, abs=0.1)


def test_duration_is_in_seconds() -> None:
    assert measured(voice(150.0, seconds=1.5))["duration"] == pytest.approx(1.5, abs=0.001)


def test_tilt_of_a_voice_with_weak_harmonics_is_steeper() -> None:
    flat, steep = (measured(voice(150.0, tilt=t))["spectral tilt"] for t in (0.5, 1.5))
    assert steep == pytest.approx(flat - 6.0, abs=2.0)


@pytest.mark.parametrize("samples", [np.zeros(8000), np.random.default_rng(0).normal(0, 0.1, 8000)])
def test_silence_and_noise_have_no_pitch(samples: Samples) -> None:
    assert np.isnan(measured(samples.astype(np.float32))["pitch"])


def test_short_clip_is_measured() -> None:
    assert np.isfinite(measured(voice(150.0)[:300])["level"])


def test_effect_is_relative_to_the_deviation_within_speaker_and_emotion() -> None:
    rng = np.random.default_rng(0)
    speakers = [str(s) for s in range(12) for _ in range(20)]
    emotions = (["calm"] * 10 + ["angry"] * 10) * 12
    own_level = np.repeat(rng.normal(0, 10, 12), 20)  # differences between speakers cancel out
    values = rng.normal(0, 2, (240, len(MEASURES))) + own_level[:, np.newaxis]
    values[:, 2] += [6.0 if e == "angry" else 0.0 for e in emotions]
    found = {
        one.measure: one
        for one in separations(values, emotions, speakers, [("calm", "angry")], seed=0)
    }
    assert found["level"].difference == pytest.approx(6.0, abs=0.8)
    assert found["level"].effect == pytest.approx(3.0, abs=0.4)
    assert found["level"].is_significant
    assert not found["pitch"].is_significant
