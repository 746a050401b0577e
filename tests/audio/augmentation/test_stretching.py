from __future__ import annotations

import sys

import numpy as np
import pytest
from tests.audio.augmentation.signals import RATE, bursts, white_noise

from emotion_classifier.audio.augmentation.stretching import stretch
from emotion_classifier.errors import MissingDependencyError


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
    with pytest.raises(MissingDependencyError, match=r"emotion_classifier\[train\]"):
        stretch(white_noise(0.1), RATE)
