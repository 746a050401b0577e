from __future__ import annotations

import sys

import numpy as np
import pytest
from pydantic import ValidationError
from tests.audio.augmentation.signals import RATE, strongest_hertz, tone

from emotion_classifier.audio.augmentation.pitch_shift import PitchShift, PitchShiftConfig
from emotion_classifier.errors import MissingDependencyError


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


def test_the_wrong_order_is_an_error() -> None:
    with pytest.raises(ValidationError, match=r"minimum_semitones .3. is above maximum_semitones"):
        PitchShiftConfig(minimum_semitones=3.0, maximum_semitones=1.0)


@pytest.mark.parametrize("semitones", [-13.0, float("-inf"), float("nan")])
def test_values_out_of_range_are_errors(semitones: float) -> None:
    with pytest.raises(ValidationError, match="minimum_semitones"):
        PitchShiftConfig(minimum_semitones=semitones)


def test_a_missing_library_is_noticed_before_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_stretch", None)
    with pytest.raises(MissingDependencyError, match="pitch_shift"):
        PitchShiftConfig().build()
