"""Two or more runs on the same clips side by side, and their differences, paired by speaker.

The test of a difference is the permutation test by speaker. McNemar's test stands beside it: papers
report it, but it takes the clips of a speaker as independent (see `paired_tests`).

A run with several seeds is compared by the mean of each metric over its seeds. All seeds of a speaker
are resampled and exchanged together, so that interval and test are about other speakers; more seeds
make them no more certain than the speakers are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.changed_clips import ChangedClips, changed_clips
from emotion_classifier.evaluation.emotion_differences import EmotionDifference, emotion_differences
from emotion_classifier.evaluation.fold_scores import counts_by_seed, mean_score, over_seeds
from emotion_classifier.evaluation.metrics import METRICS, Counts, Number
from emotion_classifier.evaluation.paired_tests import (
    SIGNIFICANCE,
    McNemar,
    holm,
    mcnemar,
    permutation_test,
)
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.scores import Score
from emotion_classifier.evaluation.shared_clips import shared_clips
from emotion_classifier.evaluation.uncertainty import Estimate, difference

Predictions: TypeAlias = LabelledPredictions | Sequence[LabelledPredictions]
"""The predictions of a run, or those of each of its seeds."""


@dataclass(frozen=True)
class Difference:
    """The second of two runs minus the first, and tests of the difference.

    Parameters
    ----------
    first, second : names of the runs.
    estimates : difference of each metric, by its name.
    p_values : of each metric, from the permutation test by speaker.
    corrected_p_values : likewise, by Holm's method over all pairs of the comparison.
    mcnemar : the test of the clips that only one of the runs predicts correctly; None of several
        seeds, of which each predicts other clips correctly.
    emotions : differences of each emotion.
    changed : the clips that only one of the runs predicts correctly; None of several seeds.
    """

    first: str
    second: str
    estimates: Mapping[str, Estimate]
    p_values: Mapping[str, Number]
    corrected_p_values: Mapping[str, Number]
    mcnemar: McNemar | None
    emotions: tuple[EmotionDifference, ...]
    changed: ChangedClips | None

    @property
    def is_worse(self) -> bool:
        """Whether the second run is significantly worse in UAR, after correction."""
        return self.estimates["uar"].value < 0 and self.corrected_p_values["uar"] < SIGNIFICANCE


@dataclass(frozen=True)
class Comparison:
    """Each run's scores, in the order given, and the difference of each pair.

    Parameters
    ----------
    labels : the emotions.
    seeds : of each run, whose mean its scores are.
    left_out : name of a run → number of its clips that another run lacks, which are not scored.
    """

    labels: tuple[str, ...]
    seeds: int
    scores: tuple[Score, ...]
    differences: tuple[Difference, ...]
    left_out: Mapping[str, int]


def compare(runs: Mapping[str, Predictions], *, seed: int = 0) -> Comparison:
    """Scores and paired differences of runs on the clips that all of them predict.

    Parameters
    ----------
    seed : of bootstrap and permutations.

    Raises
    ------
    EvaluationError
        There are fewer than two runs, or they have different numbers of seeds; or see `shared_clips`.
    """
    seeds = _seeds(runs)
    tables, left_out = _shared(runs, seeds)
    labels = next(iter(tables.values()))[0].labels
    counts = {name: counts_by_seed(own) for name, own in tables.items()}
    # The same speakers are drawn for every row and every pair.
    scores = tuple(
        mean_score(name, own, np.random.default_rng(seed)) for name, own in counts.items()
    )
    names = list(combinations(counts, 2))
    pairs = [(counts[a], counts[b]) for a, b in names]
    tests = [_p_values(*pair, seed) for pair in pairs]
    corrected = {name: holm([one[name] for one in tests]) for name in METRICS}
    emotions = emotion_differences(pairs, labels.names, seed)
    differences = tuple(
        Difference(
            first=a,
            second=b,
            estimates=_differences(*pairs[index], seed),
            p_values=tests[index],
            corrected_p_values={name: float(values[index]) for name, values in corrected.items()},
            emotions=emotions[index],
            mcnemar=None if seeds > 1 else mcnemar(tables[a][0].correct, tables[b][0].correct),
            changed=None if seeds > 1 else changed_clips(tables[a][0], tables[b][0]),
        )
        for index, (a, b) in enumerate(names)
    )
    return Comparison(labels.names, seeds, scores, differences, left_out)


def _seeds(runs: Mapping[str, Predictions]) -> int:
    """The number of seeds, which all runs share."""
    if len(runs) < 2:
        raise EvaluationError(f"comparing needs at least two runs, got {len(runs)}")
    numbers = {name: len(_tables(run)) for name, run in runs.items()}
    if len(set(numbers.values())) > 1:
        found = ", ".join(f"{name} {number}" for name, number in numbers.items())
        raise EvaluationError(
            f"the runs have different numbers of seeds ({found}): compare runs of as many seeds "
            "(LABEL-seeds), or the cross-validations of single seeds (LABEL-folds)"
        )
    return next(iter(numbers.values()))


def _tables(run: Predictions) -> Sequence[LabelledPredictions]:
    """The predictions of each seed."""
    return (run,) if isinstance(run, LabelledPredictions) else run


def _shared(
    runs: Mapping[str, Predictions], seeds: int
) -> tuple[dict[str, list[LabelledPredictions]], dict[str, int]]:
    """The predictions of the shared clips by each seed of each run, and the number of clips left out."""
    shared = shared_clips(
        {
            name if seeds == 1 else f"{name}, seed {number} of {seeds}": table
            for name, run in runs.items()
            for number, table in enumerate(_tables(run), 1)
        }
    )
    found, left_out = iter(shared.runs.values()), iter(shared.left_out.values())
    return (
        {name: [next(found) for _ in range(seeds)] for name in runs},
        {name: max(next(left_out) for _ in range(seeds)) for name in runs},
    )


def _differences(first: Counts, second: Counts, seed: int) -> dict[str, Estimate]:
    return {
        name: difference(first, second, over_seeds(metric), np.random.default_rng(seed))
        for name, metric in METRICS.items()
    }


def _p_values(first: Counts, second: Counts, seed: int) -> dict[str, float]:
    return {
        name: float(
            permutation_test(first, second, over_seeds(metric), np.random.default_rng(seed))
        )
        for name, metric in METRICS.items()
    }
