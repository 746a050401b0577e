from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.audio.level import FLOOR_DBFS, frame_levels_dbfs, peak_dbfs, rms_dbfs

SINE = np.sin(2 * np.pi * 100 * np.arange(16000) / 16000).astype(np.float32)


def test_a_full_scale_sine() -> None:
    assert peak_dbfs(SINE) == pytest.approx(0.0, abs=1e-6)
    assert rms_dbfs(SINE) == pytest.approx(-3.0103, abs=1e-4)


@pytest.mark.parametrize("gain_db", [-60.0, -20.0, 6.0])
def test_a_gain_shifts_the_level(gain_db: float) -> None:
    louder = (SINE * 10 ** (gain_db / 20)).astype(np.float32)
    assert peak_dbfs(louder) == pytest.approx(gain_db, abs=1e-4)
    assert rms_dbfs(louder) == pytest.approx(gain_db - 3.0103, abs=1e-4)


@pytest.mark.parametrize("samples", [np.zeros(100, np.float32), np.zeros(0, np.float32)])
def test_silence_and_nothing_are_at_the_floor(samples: np.ndarray) -> None:
    assert peak_dbfs(samples) == FLOOR_DBFS
    assert rms_dbfs(samples) == FLOOR_DBFS


def test_levels_of_samples_too_large_for_float32_squares_are_finite() -> None:
    assert rms_dbfs(np.full(10, 1e30, np.float32)) == pytest.approx(600.0, abs=1e-3)
    assert peak_dbfs(np.full(10, 1e30, np.float32)) == pytest.approx(600.0, abs=1e-3)


@settings(deadline=None)
@given(total=st.integers(1, 500), frame=st.integers(1, 40), hop=st.integers(1, 40))
def test_frames_equal_their_definition(total: int, frame: int, hop: int) -> None:
    rate = 1000
    samples = np.random.default_rng(total).standard_normal(total).astype(np.float32)
    levels = frame_levels_dbfs(samples, rate, frame_seconds=frame / rate, hop_seconds=hop / rate)
    expected = [rms_dbfs(samples[k * hop : k * hop + frame]) for k in range(len(levels))]
    np.testing.assert_allclose(levels, expected, atol=1e-6)
    if hop <= frame:
        assert (len(levels) - 1) * hop + frame >= total, "the last sample is in no frame"
        assert len(levels) == 1 or (len(levels) - 2) * hop + frame < total, "one frame too many"


def test_silence_after_loud_frames_is_at_the_floor() -> None:
    samples = np.concatenate([SINE, np.zeros(1600, np.float32)])
    levels = frame_levels_dbfs(samples, 16000, frame_seconds=0.01, hop_seconds=0.01)
    assert (levels[-10:] == FLOOR_DBFS).all()


def test_a_quiet_end_of_a_long_loud_recording_is_measured() -> None:
    samples = np.tile(SINE, 60)
    samples[-16000:] *= 1e-5
    levels = frame_levels_dbfs(samples, 16000, frame_seconds=0.02, hop_seconds=0.02)
    np.testing.assert_allclose(levels[-40:], -103.0103, atol=1e-3)


def test_nothing_has_no_frames() -> None:
    empty = np.zeros(0, np.float32)
    assert frame_levels_dbfs(empty, 16000, frame_seconds=0.02, hop_seconds=0.01).shape == (0,)
