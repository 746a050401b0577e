"""Differences between two runs in the recall, precision and F1 of each emotion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from emotion_classifier.evaluation import metrics
from emotion_classifier.evaluation.fold_scores import over_seeds_by_emotion
from emotion_classifier.evaluation.metrics import Counts, Number, Scores
from emotion_classifier.evaluation.paired_tests import holm, permutation_test
from emotion_classifier.evaluation.uncertainty import Estimate, estimate, resample

MEASURES: dict[str, Callable[[Counts], Scores]] = {"recall": metrics.recall, "f1": metrics.f1}


@dataclass(frozen=True)
class EmotionDifference:
    """A measure of one emotion in the second of two runs, minus that in the first.

    Parameters
    ----------
    measure : key of `MEASURES`.
    p_value : from the permutation test by speaker.
    corrected_p_value : by Holm's method over all emotions and pairs of runs that are compared.
    """

    emotion: str
    measure: str
    estimate: Estimate
    p_value: Number
    corrected_p_value: Number


def emotion_differences(
    pairs: Sequence[tuple[Counts, Counts]], labels: Sequence[str], seed: int
) -> list[tuple[EmotionDifference, ...]]:
    """The differences of each pair of runs, by measure and emotion.

    Parameters
    ----------
    pairs : counts ``(speaker, seed, true emotion, predicted emotion)`` of the runs, speakers in one
        order; a measure is the mean over the seeds.
    """
    found = {
        measure: [_differences(measure, pair, labels, seed) for pair in pairs]
        for measure in MEASURES
    }
    corrected = {measure: _corrected(rows) for measure, rows in found.items()}
    return [
        tuple(one for measure in MEASURES for one in corrected[measure][index])
        for index in range(len(pairs))
    ]


def _differences(
    measure: str, pair: tuple[Counts, Counts], labels: Sequence[str], seed: int
) -> list[EmotionDifference]:
    first, second = pair
    metric = over_seeds_by_emotion(MEASURES[measure])
    runs: Counts = np.stack([first, second], axis=1).astype(np.int64)
    values = np.subtract(*metric(runs.sum(axis=0))[::-1])
    resampled = metric(resample(runs, np.random.default_rng(seed)))
    changes = resampled[:, 1] - resampled[:, 0]
    p_values = permutation_test(first, second, metric, np.random.default_rng(seed))
    # Only speakers with clips of an emotion count towards its interval.
    speakers = (metrics.support(first[:, 0]) > 0).sum(axis=0).tolist()
    return [
        EmotionDifference(
            emotion=emotion,
            measure=measure,
            estimate=estimate(values[index], changes[:, index], speakers[index]),
            p_value=float(p_values[index]),
            corrected_p_value=np.nan,
        )
        for index, emotion in enumerate(labels)
    ]


def _corrected(pairs: list[list[EmotionDifference]]) -> list[list[EmotionDifference]]:
    """The same differences with p values corrected over all of them."""
    corrected = iter(holm([one.p_value for rows in pairs for one in rows]).tolist())
    return [[replace(one, corrected_p_value=next(corrected)) for one in rows] for rows in pairs]
