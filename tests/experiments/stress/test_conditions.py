"""The conditions of a stress test: which there are, and that each changes a clip reproducibly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.io import write_wav
from emotion_classifier.experiments.stress.conditions import (
    CURVE_SNR_DB,
    left_out,
    stress_conditions,
)

RATE = 16_000


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in MUSAN layout with a sneeze, and impulse responses in `rooms`."""
    root = tmp_path_factory.mktemp("sounds")
    rng = np.random.default_rng(0)
    for name in ("noise/rain", "noise/a-sneeze", "speech/one", "speech/two", "speech/three",
                 "music/song", "rooms/hall"):  # fmt: skip
        (root / name).parent.mkdir(exist_ok=True)
        write_wav(root / f"{name}.wav", rng.normal(0, 0.1, RATE).astype(np.float32), RATE)
    return root


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))


def test_the_folders_add_backgrounds_events_and_rooms(sounds: Path) -> None:
    conditions = stress_conditions(sounds, sounds / "rooms")
    names = [one.name for one in conditions]
    assert len(set(names)) == len(names)
    kinds = {one.background for one in conditions} - {None}
    assert kinds == {"babble", "environment", "music", "white noise"}
    assert "a cough or sneeze at 10 dB" in names and "rooms" in names
    assert left_out(sounds, sounds / "rooms") == []
    groups = [one.group for one in conditions]
    assert set(groups) == {"small changes", "background", "phone", "rooms", "tilt", "others"}


def test_without_folders_the_background_is_synthetic_and_that_is_said() -> None:
    conditions = stress_conditions(None, None)
    assert {one.background for one in conditions} == {None, "white noise", "pink noise"}
    assert "rooms" not in [one.group for one in conditions]
    noise, rooms = left_out(None, None)
    assert "--noise" in noise and "--rooms" in rooms


def test_missing_kinds_of_noise_are_named(tmp_path: Path) -> None:
    (tmp_path / "noise").mkdir()
    write_wav(tmp_path / "noise" / "rain.wav", np.ones(RATE, np.float32) * 0.1, RATE)
    kinds, event = left_out(tmp_path, tmp_path)
    assert "babble, music" in kinds and "environment" not in kinds
    assert "knock" in event


def test_limits_are_those_of_the_published_tests_at_the_first_level_only() -> None:
    by_name = {one.name: one for one in stress_conditions(None, None)}
    assert by_name["gain of 1 or 2 dB"].limits.unchanged == 0.95
    first, *others = (by_name[f"white noise at {db:g} dB"].limits for db in CURVE_SNR_DB)
    assert (first.unchanged, first.change) == (0.9, -0.05)
    assert all(one.unchanged is None and one.change is None for one in others)
    assert by_name["telephone"].limits.unchanged == 0.5
    assert by_name["tilt +3 dB per octave"].limits.change == -0.02


def test_every_condition_changes_a_clip_and_repeats_itself(sounds: Path) -> None:
    clip = np.random.default_rng(3).normal(0, 0.1, RATE).astype(np.float32)
    for condition in stress_conditions(sounds, sounds / "rooms"):
        one, same = (condition.apply(clip, RATE, np.random.default_rng(5)) for _ in range(2))
        assert np.isfinite(one.samples).all(), condition.name
        np.testing.assert_array_equal(one.samples, same.samples)
        plain = one.samples.shape == (1, RATE) and np.allclose(one.samples[0], clip, atol=1e-7)
        assert not plain, condition.name
