"""Two or more runs on the same clips side by side, and their differences, paired by speaker.

The test of a difference is the permutation test by speaker. McNemar's test stands beside it: papers
report it, but it takes the clips of a speaker as independent (see `paired_tests`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.metrics import METRICS, Counts, Number
from emotion_classifier.evaluation.paired_tests import McNemar, holm, mcnemar, permutation_test
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.scores import Score, score_counts
from emotion_classifier.evaluation.uncertainty import (
    Estimate,
    confusions_by_speaker,
    difference,
    resample,
)


@dataclass(frozen=True)
class Difference:
    """The second of two runs minus the first, and tests of the difference.

    Parameters
    ----------
    first, second : names of the runs.
    estimates : difference of each metric, by its name.
    p_values : of each metric, from the permutation test by speaker.
    corrected_p_values : likewise, by Holm's method over all pairs of the comparison.
    mcnemar : the test of the clips that only one of the runs predicts correctly.
    """

    first: str
    second: str
    estimates: Mapping[str, Estimate]
    p_values: Mapping[str, Number]
    corrected_p_values: Mapping[str, Number]
    mcnemar: McNemar


@dataclass(frozen=True)
class Comparison:
    """Each run's scores, in the order given, and the difference of each pair."""

    scores: tuple[Score, ...]
    differences: tuple[Difference, ...]


def compare(runs: Mapping[str, LabelledPredictions], *, seed: int = 0) -> Comparison:
    """Scores and paired differences of runs with predictions of the same clips, in any order.

    Raises
    ------
    EvaluationError
        Fewer than two runs, or runs with different emotions, clips, speakers or true emotions.
    """
    if len(runs) < 2:
        raise EvaluationError(f"comparing needs at least two runs, got {len(runs)}")
    (first, reference), *others = runs.items()
    aligned = {first: reference} | {
        name: _aligned(name, run, first, reference) for name, run in others
    }
    emotions = len(reference.labels)
    counts = {
        name: confusions_by_speaker(run.true, run.predicted, run.speakers, emotions)
        for name, run in aligned.items()
    }
    # The same speakers are drawn for every row and every pair.
    scores = tuple(
        score_counts(name, by_speaker, resample(by_speaker, np.random.default_rng(seed)))
        for name, by_speaker in counts.items()
    )
    pairs = list(combinations(counts, 2))
    tests = [_p_values(counts[a], counts[b], seed) for a, b in pairs]
    corrected = {name: holm([one[name] for one in tests]) for name in METRICS}
    differences = tuple(
        Difference(
            first=a,
            second=b,
            estimates=_differences(counts[a], counts[b], seed),
            p_values=tests[index],
            corrected_p_values={name: float(values[index]) for name, values in corrected.items()},
            mcnemar=mcnemar(aligned[a].correct, aligned[b].correct),
        )
        for index, (a, b) in enumerate(pairs)
    )
    return Comparison(scores, differences)


def _differences(first: Counts, second: Counts, seed: int) -> dict[str, Estimate]:
    return {
        name: difference(first, second, metric, np.random.default_rng(seed))
        for name, metric in METRICS.items()
    }


def _p_values(first: Counts, second: Counts, seed: int) -> dict[str, float]:
    return {
        name: float(permutation_test(first, second, metric, np.random.default_rng(seed)))
        for name, metric in METRICS.items()
    }


def _aligned(
    name: str, run: LabelledPredictions, first: str, reference: LabelledPredictions
) -> LabelledPredictions:
    """The clips of `run` in the order of `reference`."""
    if run.labels != reference.labels:
        raise EvaluationError(
            f"{name} has the emotions {', '.join(run.labels)}; {first} has "
            f"{', '.join(reference.labels)}: "
            "only runs with the same emotions in the same order can be compared"
        )
    index = {clip: row for row, clip in enumerate(run.ids)}
    missing = [clip for clip in reference.ids if clip not in index]
    if missing or len(run) != len(reference):
        extra = sorted(set(run.ids) - set(reference.ids))
        raise EvaluationError(
            f"{name} and {first} have different clips ({len(missing)} only in {first}, "
            f"{len(extra)} only in {name}, for example {[*missing, *extra, '-'][0]}): compare runs "
            "on the same test part"
        )
    ordered = run.select(np.array([index[clip] for clip in reference.ids], dtype=np.int64))
    if ordered.speakers != reference.speakers or (ordered.true != reference.true).any():
        raise EvaluationError(
            f"{name} and {first} disagree on the speaker or the true emotion of a clip: "
            "score both on the same version of the corpus"
        )
    return ordered
