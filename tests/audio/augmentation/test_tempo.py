from __future__ import annotations

import sys

import numpy as np
import pytest
from pydantic import ValidationError
from tests.audio.augmentation.signals import RATE, strongest_hertz, tone

from emotion_classifier.audio.augmentation.tempo import Tempo, TempoConfig
from emotion_classifier.errors import MissingDependencyError


@pytest.mark.parametrize("factor", [0.8, 0.97, 1.0, 1.25, 2.0])
def test_the_duration_changes_and_the_pitch_stays(factor: float) -> None:
    clip = tone(200.0)
    result = Tempo(0.5, 2.0).apply(clip, RATE, factor)
    assert abs(len(result) - len(clip) / factor) <= 1
    assert strongest_hertz(result) == pytest.approx(200.0, abs=0.5)


def test_drawn_factors_fill_the_range() -> None:
    generator = np.random.default_rng(0)
    drawn = [Tempo(0.8, 1.2).draw(100, RATE, generator) for _ in range(300)]
    assert min(drawn) == pytest.approx(0.8, abs=0.01)
    assert max(drawn) == pytest.approx(1.2, abs=0.01)


def test_the_wrong_order_is_an_error() -> None:
    with pytest.raises(ValidationError, match=r"minimum_factor .1\.5. is above maximum_factor"):
        TempoConfig(minimum_factor=1.5, maximum_factor=1.2)


@pytest.mark.parametrize("factor", [0.0, -1.0, 2.1, float("inf"), float("nan")])
def test_values_out_of_range_are_errors(factor: float) -> None:
    with pytest.raises(ValidationError, match="maximum_factor"):
        TempoConfig(maximum_factor=factor)


def test_a_missing_library_is_noticed_before_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_stretch", None)
    with pytest.raises(MissingDependencyError, match="tempo"):
        TempoConfig().build()
