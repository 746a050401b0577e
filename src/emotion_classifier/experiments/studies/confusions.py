"""Pairs of emotions that models confuse more often than an average pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from emotion_classifier.evaluation.metrics import Counts, Scores, mean_of_known, support
from emotion_classifier.evaluation.paired_tests import SIGNIFICANCE, holm
from emotion_classifier.evaluation.uncertainty import Estimate, estimate, resample
from emotion_classifier.experiments.studies.sign_flips import sign_flip_test


@dataclass(frozen=True)
class ConfusedPair:
    """Two emotions, and how often they are taken for each other.

    Parameters
    ----------
    first, second : emotions.
    rate : clips of both that are predicted as the other one, as a share of all clips of both; the mean
        over the cells.
    as_second, as_first : share of the clips of the first that are predicted as the second, and the
        reverse.
    excess : `rate` minus the mean rate of all pairs.
    p, corrected_p : of the excess, by a sign-flip test of the speakers.
    """

    first: str
    second: str
    rate: Estimate
    as_second: float
    as_first: float
    excess: Estimate
    p: float
    corrected_p: float = np.nan

    @property
    def is_significant(self) -> bool:
        """Whether the pair is confused more or less often than an average pair."""
        return bool(self.corrected_p < SIGNIFICANCE)

    @property
    def name(self) -> str:
        """Both emotions."""
        return f"{self.first}\N{EN DASH}{self.second}"


def confused_pairs(
    counts: Mapping[str, Counts], emotions: Sequence[str], *, seed: int
) -> tuple[ConfusedPair, ...]:
    """All pairs of emotions, the most confused first; those of two emotions without clips come last.

    Parameters
    ----------
    counts : cell → counts ``(speaker, true emotion, predicted emotion)``, speakers in the same order.
    """
    stacked = np.stack(list(counts.values()), axis=1).astype(np.int64)
    pairs = list(combinations(range(len(emotions)), 2))
    rates = _mean_rates(stacked.sum(axis=0), pairs)
    resampled = _mean_rates(resample(stacked, np.random.default_rng(seed)), pairs)
    by_speaker = _mean_rates(stacked, pairs)
    speakers = len(stacked)
    # Pairs of two emotions without clips have no rate.
    excess = [values - mean_of_known(values)[..., np.newaxis] for values in (rates, resampled)]
    flips = by_speaker - np.nanmean(by_speaker, axis=-1, keepdims=True)
    p_values = sign_flip_test(flips, np.random.default_rng(seed))
    directed = _directed(stacked.sum(axis=0))
    found = [
        ConfusedPair(
            emotions[a],
            emotions[b],
            estimate(rates[index], resampled[:, index], speakers),
            float(directed[a, b]),
            float(directed[b, a]),
            estimate(excess[0][index], excess[1][:, index], speakers),
            float(p_values[index]),
        )
        for index, (a, b) in enumerate(pairs)
    ]
    corrected = holm([pair.p for pair in found]).tolist()
    found = [replace(pair, corrected_p=p) for pair, p in zip(found, corrected, strict=True)]
    return tuple(sorted(found, key=lambda pair: (np.isnan(pair.rate.value), -pair.rate.value)))


def _mean_rates(counts: Counts, pairs: Sequence[tuple[int, int]]) -> Scores:
    """Rates ``(…, pair)`` of counts ``(…, cell, true emotion, predicted emotion)``, mean over cells."""
    first, second = np.array(pairs).T
    confused = counts[..., first, second] + counts[..., second, first]
    clips = support(counts)
    total = clips[..., first] + clips[..., second]
    rates = np.divide(confused, total, out=np.full(np.shape(total), np.nan), where=total > 0)
    return np.asarray(rates.mean(axis=-2))


def _directed(counts: Counts) -> Scores:
    """Shares ``(true emotion, predicted emotion)`` of counts with cells in front, mean over cells."""
    clips = support(counts)[..., np.newaxis]
    shares = np.divide(counts, clips, out=np.full(counts.shape, np.nan), where=clips > 0)
    return np.asarray(shares.mean(axis=0))
