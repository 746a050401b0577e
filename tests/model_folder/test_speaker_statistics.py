from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.model_folder.speaker_statistics import ClipStatistics, pool, pool_by_speaker

LEVEL = np.array([-90.0, -30.0, 0.0, 5.0])
SPREAD = np.array([0.01, 1.0, 5.0, 20.0])


def sequences(counts: list[int], seed: int = 0) -> list[npt.NDArray[np.float64]]:
    """Features (frame, 4) of clips, whose bins and clips differ in level and spread."""
    rng = np.random.default_rng(seed)
    return [
        rng.normal(LEVEL + 3 * rng.standard_normal(4) * SPREAD, SPREAD, (count, 4))
        for count in counts
    ]


def described(sequence: npt.NDArray[np.float64]) -> ClipStatistics:
    statistics = np.stack([sequence.mean(0), sequence.std(0)])
    return ClipStatistics(statistics.astype(np.float32), len(sequence))


@settings(max_examples=25, deadline=None)
@given(counts=st.lists(st.integers(1, 300), min_size=1, max_size=8), seed=st.integers(0, 99))
def test_pooled_statistics_are_those_of_all_frames(counts: list[int], seed: int) -> None:
    clips = sequences(counts, seed)
    frames = np.concatenate(clips)
    mean, deviation = pool([described(clip) for clip in clips])
    np.testing.assert_allclose(mean, frames.mean(0), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(deviation, frames.std(0), rtol=1e-3, atol=1e-5)


def test_statistics_of_a_single_clip_are_unchanged() -> None:
    clip = described(sequences([50])[0])
    found = pool([clip])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, clip.statistics, rtol=1e-6)


@pytest.mark.parametrize("level", [-100.0, 1e6])
def test_constant_bin_keeps_the_least_deviation(level: float) -> None:
    clip = ClipStatistics(np.array([[level], [1e-5]], np.float32), 7)
    np.testing.assert_allclose(pool([clip, clip, clip]), clip.statistics, rtol=1e-6)


def test_pools_the_clips_of_each_speaker() -> None:
    clips = [described(sequence) for sequence in sequences([40, 3, 17, 80])]
    found = pool_by_speaker(zip(clips, ["b", "a", "b", "a"], strict=True))
    assert list(found) == ["b", "a"]
    np.testing.assert_array_equal(found["b"], pool([clips[0], clips[2]]))
    np.testing.assert_array_equal(found["a"], pool([clips[1], clips[3]]))
