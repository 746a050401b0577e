"""Two or more runs on the same clips side by side, and their differences, paired by speaker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.metrics import METRICS
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
    """Each metric, by name, of `second` minus that of `first`: different where no interval has zero."""

    first: str
    second: str
    estimates: Mapping[str, Estimate]


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
    aligned = {name: _aligned(name, run, first, reference) for name, run in others}
    emotions = len(reference.labels)
    counts = {
        name: confusions_by_speaker(run.true, run.predicted, run.speakers, emotions)
        for name, run in ({first: reference} | aligned).items()
    }
    # The same speakers are drawn for every row and every pair.
    scores = tuple(
        score_counts(name, by_speaker, resample(by_speaker, np.random.default_rng(seed)))
        for name, by_speaker in counts.items()
    )
    differences = []
    for a, b in combinations(counts, 2):
        estimates = {
            name: difference(counts[a], counts[b], metric, np.random.default_rng(seed))
            for name, metric in METRICS.items()
        }
        differences.append(Difference(a, b, estimates))
    return Comparison(scores, tuple(differences))


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
