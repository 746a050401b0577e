from __future__ import annotations

import re
import sys

import numpy as np
import pytest
from pydantic import ValidationError
from tests.audio.augmentation.signals import RATE, bursts, strongest_hertz, tone, white_noise

from emotion_classifier.audio.augmentation.tempo import (
    PitchShift,
    PitchShiftConfig,
    Speed,
    SpeedConfig,
    Tempo,
    TempoConfig,
    stretch,
)
from emotion_classifier.errors import MissingDependencyError
from emotion_classifier.installation import install_command


@pytest.mark.parametrize("factor", [0.5, 0.913, 1.1, 2.0])
def test_pitch_and_tempo_change_together(factor: float) -> None:
    clip = tone(200.0)
    result = Speed(0.5, 2.0).apply(clip, RATE, factor)
    assert strongest_hertz(result) == pytest.approx(200.0 * factor, abs=0.3)
    assert len(result) == pytest.approx(len(clip) / factor, rel=1e-4)
    assert np.abs(result[800:-800]).max() == pytest.approx(0.5, abs=0.01)


def test_the_same_speed_returns_a_copy() -> None:
    clip = tone(200.0)
    result = Speed(1.0, 1.0).apply(clip, RATE, 1.0)
    np.testing.assert_array_equal(result, clip)
    assert not np.shares_memory(result, clip)


def test_drawn_factors_fill_the_range_for_speed() -> None:
    generator = np.random.default_rng(0)
    drawn = [Speed(0.8, 1.2).draw(100, RATE, generator) for _ in range(300)]
    assert min(drawn) == pytest.approx(0.8, abs=0.01)
    assert max(drawn) == pytest.approx(1.2, abs=0.01)


def test_the_wrong_order_is_an_error_for_speed() -> None:
    with pytest.raises(ValidationError, match=r"minimum_factor .1\.5. is above maximum_factor"):
        SpeedConfig(minimum_factor=1.5, maximum_factor=1.2)


@pytest.mark.parametrize("factor", [0.0, -1.0, 2.1, float("inf"), float("nan")])
def test_values_out_of_range_are_errors_for_speed(factor: float) -> None:
    with pytest.raises(ValidationError, match="maximum_factor"):
        SpeedConfig(maximum_factor=factor)


@pytest.mark.parametrize("factor", [0.8, 0.97, 1.0, 1.25, 2.0])
def test_the_duration_changes_and_the_pitch_stays(factor: float) -> None:
    clip = tone(200.0)
    result = Tempo(0.5, 2.0).apply(clip, RATE, factor)
    assert abs(len(result) - len(clip) / factor) <= 1
    assert strongest_hertz(result) == pytest.approx(200.0, abs=0.5)


def test_drawn_factors_fill_the_range_for_tempo() -> None:
    generator = np.random.default_rng(0)
    drawn = [Tempo(0.8, 1.2).draw(100, RATE, generator) for _ in range(300)]
    assert min(drawn) == pytest.approx(0.8, abs=0.01)
    assert max(drawn) == pytest.approx(1.2, abs=0.01)


def test_the_wrong_order_is_an_error_for_tempo() -> None:
    with pytest.raises(ValidationError, match=r"minimum_factor .1\.5. is above maximum_factor"):
        TempoConfig(minimum_factor=1.5, maximum_factor=1.2)


@pytest.mark.parametrize("factor", [0.0, -1.0, 2.1, float("inf"), float("nan")])
def test_values_out_of_range_are_errors_for_tempo(factor: float) -> None:
    with pytest.raises(ValidationError, match="maximum_factor"):
        TempoConfig(maximum_factor=factor)


def test_a_missing_library_is_noticed_before_training_for_tempo(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "python_stretch", None)
    with pytest.raises(MissingDependencyError, match="tempo"):
        TempoConfig().build()


@pytest.mark.parametrize("semitones", [-4.0, -1.0, 0.0, 2.0, 4.0])
def test_the_pitch_changes_and_the_duration_stays(semitones: float) -> None:
    clip = tone(200.0)
    result = PitchShift(-4.0, 4.0).apply(clip, RATE, semitones)
    assert len(result) == len(clip)
    # The stretcher places a pure low tone to within a sixth of a semitone.
    expected = 200.0 * 2 ** (semitones / 12)
    assert strongest_hertz(result) == pytest.approx(expected, rel=2 ** (1 / 72) - 1)


def test_two_semitones_above_200_hz() -> None:
    result = PitchShift(2.0, 2.0).apply(tone(200.0), RATE, 2.0)
    assert strongest_hertz(result) == pytest.approx(224.5, abs=0.3)


def test_drawn_semitones_fill_the_range() -> None:
    generator = np.random.default_rng(0)
    drawn = [PitchShift(-1.0, 3.0).draw(100, RATE, generator) for _ in range(300)]
    assert min(drawn) == pytest.approx(-1.0, abs=0.1)
    assert max(drawn) == pytest.approx(3.0, abs=0.1)


def test_the_wrong_order_is_an_error_for_pitch_shift() -> None:
    with pytest.raises(ValidationError, match=r"minimum_semitones .3. is above maximum_semitones"):
        PitchShiftConfig(minimum_semitones=3.0, maximum_semitones=1.0)


@pytest.mark.parametrize("semitones", [-13.0, float("-inf"), float("nan")])
def test_values_out_of_range_are_errors_for_pitch_shift(semitones: float) -> None:
    with pytest.raises(ValidationError, match="minimum_semitones"):
        PitchShiftConfig(minimum_semitones=semitones)


def test_a_missing_library_is_noticed_before_training_for_pitch_shift(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "python_stretch", None)
    with pytest.raises(MissingDependencyError, match="pitch_shift"):
        PitchShiftConfig().build()


def energy_centre(samples: np.ndarray) -> float:
    energy = samples.astype(np.float64) ** 2
    return float((energy * np.arange(len(energy))).sum() / energy.sum())


@pytest.mark.parametrize("semitones", [-4.0, 0.0, 4.0])
@pytest.mark.parametrize("factor", [0.8, 1.0, 1.25])
def test_nothing_is_delayed(semitones: float, factor: float) -> None:
    clip = bursts()
    result = stretch(clip, RATE, semitones=semitones, factor=factor)
    assert energy_centre(result) == pytest.approx(energy_centre(clip) / factor, abs=0.003 * RATE)


@pytest.mark.parametrize("factor", [0.4, 1.0, 3.0])
def test_results_are_deterministic(factor: float) -> None:
    # Below one half the library itself scatters phases by chance, unless it is given a seed.
    clip = white_noise(0.5)
    first = stretch(clip, RATE, semitones=1.0, factor=factor)
    np.testing.assert_array_equal(first, stretch(clip, RATE, semitones=1.0, factor=factor))


def test_read_only_and_strided_clips() -> None:
    clip = white_noise(0.3)
    expected = stretch(clip, RATE, semitones=1.0)
    read_only = clip.copy()
    read_only.flags.writeable = False
    np.testing.assert_array_equal(stretch(read_only, RATE, semitones=1.0), expected)
    strided = np.repeat(clip, 2)[::2]
    np.testing.assert_array_equal(stretch(strided, RATE, semitones=1.0), expected)


@pytest.mark.parametrize("total", [0, 1, 7, 300])
def test_clips_shorter_than_a_block(total: int) -> None:
    result = stretch(white_noise()[:total], RATE, semitones=1.0, factor=0.8)
    assert result.dtype == np.float32
    assert abs(len(result) - total / 0.8) <= 1
    assert np.isfinite(result).all()


def test_a_missing_library_is_named_with_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_stretch", None)
    with pytest.raises(MissingDependencyError, match=re.escape(install_command("train"))):
        stretch(white_noise(0.1), RATE)
