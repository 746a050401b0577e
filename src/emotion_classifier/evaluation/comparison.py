"""Two or more runs on the same clips side by side, and their differences, paired by speaker.

The test of a difference is the permutation test by speaker. McNemar's test stands beside it: papers
report it, but it takes the clips of a speaker as independent (see `paired_tests`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from emotion_classifier.evaluation.changed_clips import ChangedClips, changed_clips
from emotion_classifier.evaluation.emotion_differences import EmotionDifference, emotion_differences
from emotion_classifier.evaluation.metrics import METRICS, Counts, Number
from emotion_classifier.evaluation.paired_tests import (
    SIGNIFICANCE,
    McNemar,
    holm,
    mcnemar,
    permutation_test,
)
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.scores import Score, score_counts
from emotion_classifier.evaluation.shared_clips import shared_clips
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
    emotions : differences of each emotion.
    changed : the clips that only one of the runs predicts correctly.
    """

    first: str
    second: str
    estimates: Mapping[str, Estimate]
    p_values: Mapping[str, Number]
    corrected_p_values: Mapping[str, Number]
    mcnemar: McNemar
    emotions: tuple[EmotionDifference, ...]
    changed: ChangedClips

    @property
    def is_worse(self) -> bool:
        """Whether the second run is significantly worse in UAR, after correction."""
        return self.estimates["uar"].value < 0 and self.corrected_p_values["uar"] < SIGNIFICANCE


@dataclass(frozen=True)
class Comparison:
    """Each run's scores, in the order given, and the difference of each pair.

    Parameters
    ----------
    left_out : name of a run → number of its clips that another run lacks, which are not scored.
    """

    scores: tuple[Score, ...]
    differences: tuple[Difference, ...]
    left_out: Mapping[str, int]


def compare(runs: Mapping[str, LabelledPredictions], *, seed: int = 0) -> Comparison:
    """Scores and paired differences of runs on the clips that all of them predict.

    Raises
    ------
    EvaluationError
        See `shared_clips`.
    """
    shared = shared_clips(runs)
    labels = next(iter(shared.runs.values())).labels
    counts = {
        name: confusions_by_speaker(run.true, run.predicted, run.speakers, len(labels))
        for name, run in shared.runs.items()
    }
    # The same speakers are drawn for every row and every pair.
    scores = tuple(
        score_counts(name, by_speaker, resample(by_speaker, np.random.default_rng(seed)))
        for name, by_speaker in counts.items()
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
            mcnemar=mcnemar(shared.runs[a].correct, shared.runs[b].correct),
            emotions=emotions[index],
            changed=changed_clips(shared.runs[a], shared.runs[b]),
        )
        for index, (a, b) in enumerate(names)
    )
    return Comparison(scores, differences, shared.left_out)


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
