from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.errors import ConfigError
from emotion_classifier.evaluation.uncertainty import Estimate, Interval
from emotion_classifier.experiments.studies.power import detectable_difference, require_speakers


@pytest.mark.parametrize(("speakers", "tests"), [(6, 1), (8, 6), (24, 40), (2, 0)])
def test_enough_speakers_are_accepted(speakers: int, tests: int) -> None:
    require_speakers("s", speakers, tests)


@pytest.mark.parametrize(("speakers", "tests", "needed"), [(5, 1, 6), (6, 2, 7), (8, 40, 11)])
def test_too_few_speakers_are_refused_with_the_number_needed(
    speakers: int, tests: int, needed: int
) -> None:
    with pytest.raises(ConfigError, match=rf"{speakers} speakers.*test {needed} speakers"):
        require_speakers("s", speakers, tests)


def test_more_tests_than_any_number_of_speakers_allows_are_refused() -> None:
    with pytest.raises(
        ConfigError, match="none of 501 corrected tests can be significant: compare"
    ):
        require_speakers("s", 24, 501)


def test_detectable_difference_is_that_of_a_normal_test() -> None:
    """Standard error 1: (1.96 + 0.84) for one test, and more after the correction."""
    estimates = [Estimate(0.0, Interval(-1.96, 1.96)), Estimate(5.0, Interval(3.04, 6.96))]
    assert detectable_difference(estimates, 1) == pytest.approx(2.80, abs=0.01)
    assert detectable_difference(estimates, 10) == pytest.approx(3.65, abs=0.01)
    assert np.isnan(detectable_difference([Estimate(0.0, None)], 1))
