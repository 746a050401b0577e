from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.evaluation.metrics import Counts
from emotion_classifier.experiments.studies.confusions import confused_pairs

EMOTIONS = ("angry", "calm", "neutral")


def cell(seed: int, speakers: int = 14) -> Counts:
    """Calm and neutral are taken for each other in 4 of 10 clips, others in about 1."""
    rng = np.random.default_rng(seed)
    shares = np.array([[0.9, 0.05, 0.05], [0.05, 0.5, 0.45], [0.05, 0.35, 0.6]])
    return np.stack([[rng.multinomial(20, row) for row in shares] for _ in range(speakers)]).astype(
        np.int64
    )


def test_confused_pair_is_found_with_its_rate_and_both_directions() -> None:
    counts = {"a": cell(0), "b": cell(1)}
    first, *others = confused_pairs(counts, EMOTIONS, seed=0)
    total = [one.sum(axis=0) for one in counts.values()]
    assert (first.first, first.second) == ("calm", "neutral")
    expected = np.mean([(t[1, 2] + t[2, 1]) / t[1:].sum() for t in total])
    assert first.rate.value == pytest.approx(expected)
    assert first.as_second == pytest.approx(np.mean([t[1, 2] / t[1].sum() for t in total]))
    assert first.as_first == pytest.approx(np.mean([t[2, 1] / t[2].sum() for t in total]))
    assert first.is_significant and first.excess.value > 0
    assert all(pair.excess.value < 0 for pair in others)
    assert sum(pair.excess.value for pair in (first, *others)) == pytest.approx(0.0)


def test_correction_is_over_all_pairs() -> None:
    found = confused_pairs({"a": cell(0)}, EMOTIONS, seed=0)
    least = min(found, key=lambda pair: pair.p)
    assert least.corrected_p == pytest.approx(3 * least.p)


def test_pairs_confused_equally_often_are_not_significant() -> None:
    rng = np.random.default_rng(0)
    shares = np.full((3, 3), 0.2) + 0.4 * np.eye(3)
    counts = np.stack([[rng.multinomial(20, row) for row in shares] for _ in range(14)])
    found = confused_pairs({"a": counts.astype(np.int64)}, EMOTIONS, seed=0)
    assert not any(pair.is_significant for pair in found)


def test_two_emotions_without_clips_leave_the_other_pairs_as_they_are() -> None:
    without = np.zeros((14, 5, 5), dtype=np.int64)
    without[:, :3, :3] = cell(0)
    found = confused_pairs({"a": without}, (*EMOTIONS, "happy", "sad"), seed=0)
    first, last = found[0], found[-1]
    known = [pair for pair in found if not np.isnan(pair.rate.value)]
    assert (first.first, first.second) == ("calm", "neutral")
    assert first.is_significant and first.excess.interval is not None
    assert first.excess.value == pytest.approx(
        first.rate.value - np.mean([pair.rate.value for pair in known])
    )
    assert len(known) == 9 and (last.first, last.second) == ("happy", "sad")
    assert np.isnan(last.rate.value) and not last.is_significant
