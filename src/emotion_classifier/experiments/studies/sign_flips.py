"""The sign-flip test of values by speaker: is their mean zero?

Where the values of speakers are as likely to be positive as negative, their signs can be exchanged: the
permutation test for a single sample (R. Fisher, "The Design of Experiments", 1935, section 21).
"""

from __future__ import annotations

import numpy as np

from emotion_classifier.evaluation.metrics import Scores
from emotion_classifier.evaluation.paired_tests import PERMUTATIONS

_ROUNDING = 1e-12


def sign_flip_test(
    values: Scores, rng: np.random.Generator, permutations: int = PERMUTATIONS
) -> Scores:
    """Two-sided p values ``(measure,)`` of the means of `values` ``(speaker, measure)``.

    NaN is left out. All flips are used where there are at most `permutations`; otherwise so many are
    drawn, and the observed one counts as one more.
    """
    speakers = len(values)
    known = np.where(np.isnan(values), 0.0, values)
    observed = np.abs(known.sum(axis=0))
    exhaustive = 2**speakers <= permutations
    if exhaustive:
        flipped = (np.arange(2**speakers)[:, np.newaxis] >> np.arange(speakers)) & 1
    else:
        flipped = rng.integers(2, size=(permutations, speakers))
    sums = np.abs((1.0 - 2.0 * flipped) @ known)
    as_large = (sums >= observed - _ROUNDING).sum(axis=0)
    drawn = 0 if exhaustive else 1
    p_values = (as_large + drawn) / (len(flipped) + drawn)
    return np.where(np.isnan(values).all(axis=0), np.nan, p_values)
