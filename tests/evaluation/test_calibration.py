"""Calibration: known bins, and the temperature of the lowest likelihood loss."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.calibration import (
    HIGHEST,
    LOWEST,
    calibration_error,
    fit_temperature,
    reliability,
)


def _log_softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    shifted = logits - logits.max(axis=1, keepdims=True)
    shares: npt.NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shares


def clips(logits: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    """Logits (1, emotion) of clips of one crop."""
    return list(logits[:, np.newaxis])


def test_bins_hold_their_clips() -> None:
    confidence = np.array([0.1, 0.5, 0.55, 0.9, 1.0])
    correct = np.array([False, True, False, True, True])
    bins = reliability(confidence, correct, "aabbb", np.random.default_rng(0), bins=2)
    assert bins.counts.tolist() == [2, 3]
    np.testing.assert_allclose(bins.confidence, [0.3, 2.45 / 3])
    np.testing.assert_allclose(bins.accuracy, [0.5, 2 / 3])
    assert bins.error == pytest.approx(2 / 5 * 0.2 + 3 / 5 * 0.15)
    assert calibration_error(confidence, correct, bins=2) == bins.error


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_error_is_a_share_and_every_clip_is_in_one_bin(rows: list[tuple[float, bool]]) -> None:
    confidence, correct = map(np.array, zip(*rows, strict=True))
    bins = reliability(confidence, correct, ["a"] * len(rows), np.random.default_rng(0))
    assert np.isnan(bins.low).all()  # one speaker
    assert bins.counts.sum() == len(rows)
    assert 0 <= bins.error <= 1


def test_no_clip_has_no_error() -> None:
    bins = reliability(np.array([]), np.array([], dtype=bool), [], np.random.default_rng(0))
    assert np.isnan(bins.error)
    assert np.isnan(bins.accuracy).all()


def test_intervals_of_the_accuracy_are_by_speaker() -> None:
    rng = np.random.default_rng(0)
    speakers = np.repeat(np.arange(20), 30)
    confidence = np.full(600, 0.7)
    independent = rng.random(600) < 0.7
    alike = (speakers % 10) < 7  # all clips of a speaker are right, or none
    widths = []
    for correct in (independent, alike):
        bins = reliability(confidence, correct, [str(s) for s in speakers], rng, bins=1)
        assert bins.low[0] < bins.accuracy[0] < bins.high[0]
        widths.append(bins.high[0] - bins.low[0])
    assert widths[1] > 3 * widths[0]


@given(seed=st.integers(0, 1000), sharpness=st.floats(0.3, 4))
def test_temperature_has_the_lowest_loss(seed: int, sharpness: float) -> None:
    rng = np.random.default_rng(seed)
    true = rng.integers(4, size=200)
    logits = rng.normal(size=(200, 4))
    logits[np.arange(200), true] += 1
    logits *= sharpness

    def loss(temperature: float) -> float:
        return float(-_log_softmax(logits / temperature)[np.arange(200), true].mean())

    found = fit_temperature(clips(logits), np.eye(4)[true])
    assert all(loss(found) < loss(found * factor) for factor in (0.5, 0.9, 0.999, 1.001, 1.1, 2))


def test_temperature_undoes_a_scale() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4000, 3)) * 2
    shares = np.exp(_log_softmax(logits))
    true = np.eye(3)[(shares.cumsum(axis=1) < rng.random((4000, 1))).sum(axis=1)]
    assert fit_temperature(clips(logits), true) == pytest.approx(1, abs=0.1)
    assert fit_temperature(clips(5 * logits), true) == pytest.approx(
        5 * fit_temperature(clips(logits), true)
    )
    # Adding the same to all logits of a clip changes nothing.
    assert fit_temperature(clips(logits + 1000), true) == pytest.approx(
        fit_temperature(clips(logits), true)
    )


def test_votes_are_targets_too() -> None:
    logits = np.random.default_rng(0).normal(size=(100, 4)) * 2
    votes = np.exp(_log_softmax(logits / 3))
    assert fit_temperature(clips(logits), votes) == pytest.approx(3, rel=1e-6)


def test_temperature_stays_within_its_bounds() -> None:
    logits = np.array([[9.0, 0.0], [0.0, 9.0]])
    assert fit_temperature(clips(logits), np.eye(2)) == pytest.approx(LOWEST)
    assert fit_temperature(clips(logits), np.eye(2)[::-1]) == pytest.approx(HIGHEST)
    assert fit_temperature(clips(np.zeros((0, 2))), np.zeros((0, 2))) == 1.0


def test_a_diverged_model_is_refused() -> None:
    with pytest.raises(EvaluationError, match="finite"):
        fit_temperature(clips(np.array([[np.inf, 0.0]])), np.eye(2)[:1])


def test_crops_count_by_the_mean_of_their_probabilities() -> None:
    rng = np.random.default_rng(1)
    true = rng.integers(3, size=150)
    logits = [4 * rng.normal(size=(rng.integers(1, 4), 3)) + 2 * np.eye(3)[t] for t in true]

    def loss(temperature: float) -> float:
        shares = [np.exp(_log_softmax(clip / temperature)).mean(axis=0) for clip in logits]
        return -float(np.mean([np.log(s[t]) for s, t in zip(shares, true, strict=True)]))

    found = fit_temperature(logits, np.eye(3)[true])
    assert all(loss(found) < loss(found * factor) for factor in (0.5, 0.9, 0.99, 1.01, 1.1, 2))
    # A crop twice is that crop once, however improbable the emotion.
    twice = fit_temperature([np.repeat(1000 * clip, 2, axis=0) for clip in logits], np.eye(3)[true])
    assert twice == pytest.approx(
        fit_temperature([1000 * clip for clip in logits], np.eye(3)[true])
    )
