from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from emotion_classifier.audio.array_cache import ArrayCache
from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.audio.waveform_cache import CachedClip, WaveformCache
from emotion_classifier.errors import MissingDependencyError, StorageError
from emotion_classifier.experiments.baseline import opensmile as module
from emotion_classifier.experiments.baseline.opensmile import (
    COUNTS,
    MINIMUM_SECONDS,
    PREPARATION,
    SAMPLE_RATE,
    TITLES,
    FeatureSet,
    cached_functionals,
    functionals,
    opensmile_version,
)
from emotion_classifier.installation import install_command
from emotion_classifier.units import to_samples

opensmile = pytest.importorskip("opensmile")


def noise(seconds: float, seed: int = 0, level: float = 0.1) -> Samples:
    generator = np.random.default_rng(seed)
    return np.asarray(level * generator.normal(size=to_samples(seconds, SAMPLE_RATE)), np.float32)


def tone(hertz: float) -> Samples:
    """One second of a voice-like sound: harmonics of one pitch."""
    times = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    parts = [np.sin(2 * np.pi * hertz * n * times) / n for n in range(1, 8)]
    return np.asarray(0.2 * np.sum(parts, axis=0), np.float32)


@pytest.fixture
def clips(tmp_path: Path) -> list[CachedClip]:
    cache = WaveformCache(tmp_path / "waveforms", PREPARATION)
    paths = [tmp_path / f"{seed}.wav" for seed in range(3)]
    for seed, path in enumerate(paths):
        write_wav(path, noise(0.3, seed), SAMPLE_RATE)
    return [cache.get(path) for path in paths]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def without_opensmile(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    module._smile.cache_clear()
    monkeypatch.setitem(sys.modules, "opensmile", None)
    yield
    module._smile.cache_clear()


def test_the_tables_hold_every_set() -> None:
    assert set(get_args(FeatureSet)) == set(COUNTS) == set(TITLES)


@pytest.mark.parametrize("feature_set", get_args(FeatureSet))
@pytest.mark.parametrize("seconds", [MINIMUM_SECONDS, 1.0])
def test_every_set_has_its_number_of_finite_functionals(
    feature_set: FeatureSet, seconds: float
) -> None:
    found = functionals(noise(seconds), feature_set)
    assert found.shape == (COUNTS[feature_set],)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


def test_the_pitch_is_that_of_the_sound() -> None:
    # The first functional of eGeMAPS: mean pitch in semitones above 27.5 Hz.
    found = [functionals(tone(hertz), "egemaps")[0] for hertz in (110.0, 220.0)]
    assert found == pytest.approx([24.0, 36.0], abs=0.3)


def test_they_equal_those_of_opensmile_on_the_16_bit_file(tmp_path: Path) -> None:
    write_wav(tmp_path / "x.wav", noise(0.5), SAMPLE_RATE)
    smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.Functionals)
    expected = smile.process_file(tmp_path / "x.wav").to_numpy()[0]
    samples = PREPARATION.load(tmp_path / "x.wav")
    np.testing.assert_allclose(functionals(samples, "egemaps"), expected, rtol=1e-4, atol=1e-4)


def test_full_scale_does_not_overflow() -> None:
    # A cast of +1.0 to 16 bits gives -1.0: a sound that only just touches it would be another one.
    below, touching = tone(110.0), tone(110.0)
    top = int(np.argmax(below))
    scale = np.float32(0.999) / below[top]
    below, touching = below * scale, touching * scale
    touching[top] = 1.0
    difference = functionals(touching, "egemaps") - functionals(below, "egemaps")
    assert np.abs(difference[:10]).max() < 0.1


def test_they_are_computed_once(cache: Path, clips: list[CachedClip]) -> None:
    done: list[int] = []
    found = cached_functionals(clips, "egemaps", cache, progress=done.append)
    assert done == [1, 2, 3]
    expected = [functionals(clip.samples(), "egemaps") for clip in clips]
    np.testing.assert_array_equal(found, expected)
    files = sorted(path for path in cache.rglob("*") if path.is_file())
    assert len(files) == 3
    assert all(f"egemaps-opensmile{opensmile_version()}" in str(path) for path in files)
    ArrayCache(files[0].parents[1]).write(files[0].stem, np.full(88, 7.0, np.float32))
    assert (cached_functionals(clips, "egemaps", cache) == 7.0).all(
        axis=1
    ).sum() == 1  # read, and not computed again


def test_a_truncated_file_is_computed_again(cache: Path, clips: list[CachedClip]) -> None:
    expected = cached_functionals(clips, "egemaps", cache)
    for path in cache.rglob("*.npy"):
        path.write_bytes(path.read_bytes()[:100])
    np.testing.assert_array_equal(cached_functionals(clips, "egemaps", cache), expected)


def test_no_clips_give_no_rows(cache: Path) -> None:
    assert cached_functionals([], "egemaps", cache).shape == (0, 88)


def test_a_missing_clip_is_named(cache: Path, clips: list[CachedClip]) -> None:
    Path(clips[1].array.file).unlink()
    with pytest.raises(StorageError, match="was removed or altered"):
        cached_functionals(clips, "egemaps", cache)


@pytest.mark.usefixtures("without_opensmile")
def test_without_opensmile_the_error_has_the_install_line(clips: list[CachedClip]) -> None:
    expected = "needs opensmile, which is not installed: " + re.escape(install_command("baseline"))
    with pytest.raises(MissingDependencyError, match=expected):
        functionals(clips[0].samples(), "egemaps")
    with pytest.raises(MissingDependencyError, match=expected):
        opensmile_version()
