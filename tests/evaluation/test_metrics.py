"""Scores equal scikit-learn's, and are defined where it warns."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from emotion_classifier.evaluation import metrics
from emotion_classifier.evaluation.metrics import METRICS

EMOTIONS = 5
indices = st.integers(0, EMOTIONS - 1)
answers = st.lists(st.tuples(indices, indices), min_size=1, max_size=60)


def _counts(pairs: list[tuple[int, int]]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    true, predicted = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return metrics.confusion(true, predicted, EMOTIONS)


@given(answers)
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.filterwarnings("ignore:A single label was found")
@pytest.mark.filterwarnings("ignore:The number of unique classes is greater")
def test_scores_equal_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    true, predicted = zip(*pairs, strict=True)
    counts = _counts(pairs)
    expected = sklearn.metrics.confusion_matrix(true, predicted, labels=range(EMOTIONS))
    np.testing.assert_array_equal(counts, expected)
    assert metrics.uar(counts) == pytest.approx(
        sklearn.metrics.balanced_accuracy_score(true, predicted)
    )
    assert metrics.accuracy(counts) == pytest.approx(
        sklearn.metrics.accuracy_score(true, predicted)
    )
    assert metrics.macro_f1(counts) == pytest.approx(
        sklearn.metrics.f1_score(true, predicted, labels=sorted(set(true)), average="macro")
    )
    each = sklearn.metrics.precision_recall_fscore_support(
        true, predicted, labels=range(EMOTIONS), zero_division=np.nan
    )
    ours = (metrics.precision, metrics.recall, metrics.f1, metrics.support)
    for function, values in zip(ours, each, strict=True):
        np.testing.assert_allclose(function(counts), values)


@given(st.lists(answers, min_size=1, max_size=4))
def test_leading_axes_are_kept(batches: list[list[tuple[int, int]]]) -> None:
    counts = np.stack([_counts(pairs) for pairs in batches])
    for metric in METRICS.values():
        together = metric(counts[np.newaxis])
        assert together.shape == (1, len(batches))
        np.testing.assert_array_equal(together[0], [metric(one) for one in counts])
    for each in (metrics.recall, metrics.precision, metrics.f1):
        np.testing.assert_array_equal(each(counts), [each(one) for one in counts])


def test_an_absent_emotion_is_left_out_not_counted_as_zero() -> None:
    counts = np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]])
    np.testing.assert_array_equal(metrics.recall(counts), [0.75, 1.0, np.nan])
    assert metrics.uar(counts) == 0.875
    np.testing.assert_array_equal(metrics.precision(counts), [1.0, 0.8, np.nan])
    assert np.isnan(metrics.f1(counts)[2])


def test_an_emotion_that_is_only_predicted_costs_recall_and_is_in_no_mean() -> None:
    counts = np.array([[3, 1], [0, 0]])
    assert metrics.uar(counts) == 0.75
    assert metrics.f1(counts)[1] == 0.0
    assert metrics.macro_f1(counts) == pytest.approx(6 / 7)


def test_no_clip_has_no_score() -> None:
    none = metrics.confusion(np.array([], np.int64), np.array([], np.int64), 3)
    assert none.shape == (3, 3)
    for metric in METRICS.values():
        assert np.isnan(metric(none))


def test_chance_is_the_mean_of_random_predictions() -> None:
    rng = np.random.default_rng(0)
    true, predicted = rng.integers(EMOTIONS, size=(2, 100_000))
    counts = metrics.confusion(true, predicted, EMOTIONS)
    for metric in METRICS.values():
        if np.isfinite(expected := metric.chance(EMOTIONS)):
            assert metric(counts) == pytest.approx(expected, abs=0.01), metric.name


def test_perfect_predictions_have_the_best_value() -> None:
    true, wrong = np.arange(EMOTIONS), np.roll(np.arange(EMOTIONS), 1)
    for metric in METRICS.values():
        best, worst = (
            metric(metrics.confusion(true, predicted, EMOTIONS)) for predicted in (true, wrong)
        )
        assert (best > worst) == metric.higher_is_better, metric.name
