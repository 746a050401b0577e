"""Rejection: the curve, the rule for the threshold, and what a threshold does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_classifier.evaluation.rejection import (
    COVERAGE,
    fit_risk_threshold,
    fit_threshold,
    rejection,
    risk_coverage,
    risk_curve,
)

CONFIDENCE = np.array([0.9, 0.8, 0.8, 0.6, 0.5])
CORRECT = np.array([True, True, False, True, False])

clips = st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans()), min_size=1, max_size=50)


def columns(
    rows: list[tuple[float, bool]],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    return np.array([row[0] for row in rows], np.float32), np.array([row[1] for row in rows])


def test_the_curve_has_one_point_for_equal_confidences() -> None:
    curve = risk_coverage(CONFIDENCE, CORRECT)
    np.testing.assert_allclose(curve.thresholds, [0.9, 0.8, 0.6, 0.5])
    np.testing.assert_allclose(curve.coverage, [0.2, 0.6, 0.8, 1.0])
    np.testing.assert_allclose(curve.accuracy, [1, 2 / 3, 3 / 4, 3 / 5])


def test_shown_points_have_at_least_the_requested_coverage() -> None:
    everything, some = risk_coverage(CONFIDENCE, CORRECT).at((1.0, 0.5))
    assert (everything.threshold, everything.coverage) == (0.5, 1.0)
    assert some.threshold == 0.8
    assert some.coverage == pytest.approx(0.6)


def test_a_threshold_covers_confidences_not_below_it() -> None:
    found = rejection(CONFIDENCE, CORRECT, 0.6)
    assert (found.threshold, found.coverage, found.accuracy) == (0.6, 0.8, 0.75)
    nothing = rejection(CONFIDENCE, CORRECT, 0.95)
    assert nothing.coverage == 0.0
    assert np.isnan(nothing.accuracy)


def test_clips_of_several_models_have_thresholds_of_their_own() -> None:
    found = rejection(CONFIDENCE, CORRECT, np.array([0.95, 0.5, 0.5, 0.7, 0.5]))
    assert found.threshold is None
    assert found.coverage == pytest.approx(0.6)
    assert found.accuracy == pytest.approx(1 / 3)


def test_the_fitted_threshold_covers_nine_tenths() -> None:
    confidence = np.arange(1, 101, dtype=np.float32) / 100
    assert fit_threshold(confidence) == pytest.approx(0.11)
    assert fit_threshold(np.array([])) == 0.0
    assert fit_threshold(np.array([0.3])) == 0.3


@given(clips)
def test_the_fitted_threshold_is_the_highest_with_enough_coverage(
    rows: list[tuple[float, bool]],
) -> None:
    confidence, correct = columns(rows)
    threshold = fit_threshold(confidence)
    assert rejection(confidence, correct, threshold).coverage >= COVERAGE - 1e-9
    above = confidence[confidence > threshold]
    assert len(above) < COVERAGE * len(confidence) + 1e-9


@given(clips)
def test_the_curve_equals_rejection_at_its_thresholds(rows: list[tuple[float, bool]]) -> None:
    confidence, correct = columns(rows)
    curve = risk_coverage(confidence, correct)
    assert curve.coverage[-1] == pytest.approx(1.0)
    for threshold, coverage, accuracy in zip(
        curve.thresholds, curve.coverage, curve.accuracy, strict=True
    ):
        found = rejection(confidence, correct, threshold)
        assert (found.coverage, found.accuracy) == pytest.approx((coverage, accuracy))


def test_the_threshold_for_a_risk_is_the_lowest_that_has_it() -> None:
    found = fit_risk_threshold(CONFIDENCE, CORRECT, 0.25)
    assert (found.threshold, found.coverage, found.is_reached) == (0.6, 0.8, True)
    assert found.risk == pytest.approx(0.25)
    assert fit_risk_threshold(CONFIDENCE, CORRECT, 0.4).threshold == 0.5
    assert fit_risk_threshold(CONFIDENCE, CORRECT, 0.0).threshold == 0.9


def test_a_risk_that_no_threshold_has_is_not_reached() -> None:
    found = fit_risk_threshold(CONFIDENCE, ~CORRECT, 0.1)
    assert not found.is_reached
    assert found.threshold == 0.5
    assert found.risk == pytest.approx(0.6)


def test_a_few_confident_clips_do_not_make_a_threshold() -> None:
    confidence = np.linspace(1.0, 0.5, 100)
    correct = np.arange(100) < 5  # a coverage of 5 % would have no risk
    assert not fit_risk_threshold(confidence, correct, 0.1).is_reached


@given(clips)
def test_the_risk_curve_equals_rejection_at_its_thresholds(rows: list[tuple[float, bool]]) -> None:
    confidence, correct = columns(rows)
    curve = risk_curve(confidence, correct, ["a"] * len(rows), np.random.default_rng(0))
    whole = risk_coverage(confidence, correct)
    assert curve.coverage[-1] == pytest.approx(1.0)
    for coverage, risk in zip(curve.coverage, curve.risk, strict=True):
        step = int(np.flatnonzero(whole.coverage == coverage)[0])
        assert risk == pytest.approx(1 - whole.accuracy[step])
    assert np.isnan(curve.low).all()  # one speaker
    assert 0 <= curve.area <= 1


def test_the_area_is_the_mean_risk_over_the_clips_in_order() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    correct = np.array([True, False, True, False])
    curve = risk_curve(confidence, correct, list("aabb"), np.random.default_rng(0))
    assert curve.area == pytest.approx(np.mean([0, 1 / 2, 1 / 3, 2 / 4]))
    assert (curve.low <= curve.risk).all() and (curve.risk <= curve.high).all()
