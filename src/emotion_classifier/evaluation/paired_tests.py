"""Tests of the difference between two models on the same clips, and the correction of many tests.

Clips of one speaker are dependent, speakers are independent. The main test is therefore a permutation
test by speaker: if two models are equally good, the predictions of a speaker's clips could as well
have come from the other model, so that the two are exchanged for randomly chosen speakers. It is exact
for any number of speakers, while a p value from the bootstrap is too small for few. E. Noreen,
"Computer-Intensive Methods for Testing Hypotheses" (1989); A. Yeh, "More accurate tests for the
statistical significance of result differences", COLING 2000. With n speakers no p value is below
2 / 2ⁿ: fewer than six speakers allow none below 0.05.

McNemar's test compares the clips that only one of the models predicts correctly. It takes all clips as
independent, so that its p value is too small where the clips of a speaker resemble each other.
Q. McNemar, Psychometrika 12 (1947).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.evaluation.metrics import Counts, Number, Scores
from emotion_classifier.evaluation.uncertainty import weighted_sums

PERMUTATIONS = 10_000
SIGNIFICANCE = 0.05
"""A corrected p value below it is called significant."""
# Sums of the same counts in another order differ by rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class McNemar:
    """The exact test of McNemar.

    Parameters
    ----------
    only_first, only_second : clips that only this model predicts correctly.
    p : two-sided p value; 1 where there are no such clips.
    """

    only_first: int
    only_second: int
    p: Number


def permutation_test(
    first: Counts,
    second: Counts,
    metric: Callable[[Counts], Scores],
    rng: np.random.Generator,
    permutations: int = PERMUTATIONS,
) -> Scores:
    """Two-sided p values ``(…,)`` of the difference in `metric`; NaN where it is not defined.

    All exchanges of speakers are used where there are at most `permutations`. Otherwise so many are
    drawn, and the observed one counts as one more: B. Phipson and G. Smyth, "Permutation P-values should
    never be zero", Statistical Applications in Genetics and Molecular Biology 9 (2010).

    Parameters
    ----------
    first, second : counts ``(speaker, …, true emotion, predicted emotion)``, speakers in the same order.
    metric : of counts ``(permutation, …, true emotion, predicted emotion)``, returns
        ``(permutation, …)``.
    """
    totals = first.sum(axis=0), second.sum(axis=0)
    exchanged = _exchanged(second - first, rng, permutations)
    observed = np.abs(metric(totals[1][np.newaxis]) - metric(totals[0][np.newaxis]))[0]
    permuted = np.abs(metric(totals[1] - exchanged) - metric(totals[0] + exchanged))
    known = (~np.isnan(permuted)).sum(axis=0)
    as_large = (permuted >= observed - _ROUNDING).sum(axis=0)
    drawn = 0 if _is_exhaustive(len(first), permutations) else 1
    return np.where(np.isnan(observed), np.nan, (as_large + drawn) / np.maximum(known + drawn, 1))


def smallest_p_value(speakers: int, permutations: int = PERMUTATIONS) -> float:
    """The smallest p value that the permutation test can reach."""
    if _is_exhaustive(speakers, permutations):
        return float(min(1.0, 2 / 2**speakers))
    return 1 / (permutations + 1)


def _is_exhaustive(speakers: int, permutations: int) -> bool:
    return bool(2**speakers <= permutations)


def _exchanged(difference: Counts, rng: np.random.Generator, permutations: int) -> Counts:
    """Sums ``(permutation, …)`` of `difference` ``(speaker, …)`` over the exchanged speakers."""
    speakers = len(difference)
    if _is_exhaustive(speakers, permutations):
        masks = (np.arange(2**speakers)[:, np.newaxis] >> np.arange(speakers)) & 1
        return np.tensordot(masks.astype(np.float64), difference, axes=1)
    return weighted_sums(
        difference,
        permutations,
        lambda count: rng.integers(2, size=(count, speakers)).astype(np.float64),
    )


def mcnemar(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> McNemar:
    """McNemar's test of two models, from whether each predicts each clip ``(clip,)`` correctly."""
    only_first = int((first & ~second).sum())
    only_second = int((second & ~first).sum())
    return McNemar(only_first, only_second, _binomial_p_value(only_first, only_second))


def _binomial_p_value(successes: int, failures: int) -> float:
    """Two-sided p value of the exact binomial test of equal probabilities."""
    trials, rarer = successes + failures, min(successes, failures)
    number = np.arange(1, rarer + 1)
    # Logarithms of the probabilities of 0 to `rarer`, which are below the smallest float otherwise.
    steps = np.log((trials - number + 1) / number)
    logarithms = np.concatenate([[0.0], np.cumsum(steps)]) - trials * np.log(2)
    return float(min(1.0, 2 * np.exp(logarithms).sum()))


def holm(p_values: Sequence[float]) -> Scores:
    """`p_values` ``(test,)`` corrected for their number by Holm's method; NaN is no test.

    The probability of one or more false positives among all tests of the family stays below the level,
    whatever the dependence between them. S. Holm, "A simple sequentially rejective multiple test
    procedure", Scandinavian Journal of Statistics 6 (1979).
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values)[: int((~np.isnan(values)).sum())]  # NaN comes last
    scaled = values[order] * np.arange(len(order), 0, -1)
    corrected = np.full_like(values, np.nan)
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(scaled))
    return corrected
