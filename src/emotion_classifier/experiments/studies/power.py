"""What a study of so many speakers can show: its smallest p value, and the detectable difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from emotion_classifier.errors import ConfigError
from emotion_classifier.evaluation.paired_tests import SIGNIFICANCE, smallest_p_value
from emotion_classifier.evaluation.uncertainty import LEVEL, Estimate

POWER = 0.8
"""Probability of finding the detectable difference."""


def require_speakers(name: str, speakers: int, tests: int) -> None:
    """Check that so many speakers allow a significant result after the correction.

    Parameters
    ----------
    tests : in the smallest family of the correction.

    Raises
    ------
    ConfigError
        Not even the smallest possible p value would be significant among so many tests.
    """
    if tests and smallest_p_value(speakers) * tests > SIGNIFICANCE:
        enough = (n for n in range(speakers, 64) if smallest_p_value(n) * tests <= SIGNIFICANCE)
        needed = next(enough, None)
        more = "" if needed is None else f"test {needed} speakers or more (folds, corpora), or "
        raise ConfigError(
            f"{name}: its test parts have {speakers} speakers, so that no p value is below "
            f"{smallest_p_value(speakers):.2g}, and none of {tests} corrected tests can be significant: "
            f"{more}compare less"
        )


def detectable_difference(estimates: Sequence[Estimate], tests: int) -> float:
    """The difference found with a probability of 80 % at the corrected level; NaN if unknown.

    From the mean width of the intervals, whose half is about two standard errors, and normal
    quantiles, at the level of the first step of Holm's correction.

    Parameters
    ----------
    tests : in the smallest family of the correction: those of larger families find less.
    """
    widths = [one.interval.high - one.interval.low for one in estimates if one.interval is not None]
    if not widths or not tests:
        return math.nan
    normal = NormalDist()
    error = sum(widths) / len(widths) / 2 / normal.inv_cdf((1 + LEVEL) / 2)
    return error * (normal.inv_cdf(1 - SIGNIFICANCE / tests / 2) + normal.inv_cdf(POWER))
