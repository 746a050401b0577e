"""Scores of the folds of a cross-validation, their mean and their deviation.

Of several seeds, the value of a fold, of a speaker or of a resample is the mean over the seeds. The
standard deviation over folds or seeds is that of a sample (divisor n - 1). Over folds it is no standard
error: the training parts of the folds overlap, and each fold has speakers of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation import metrics
from emotion_classifier.evaluation.metrics import METRICS, Counts, Number, Scores, mean_of_known
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.scores import Score
from emotion_classifier.evaluation.uncertainty import confusions_by_speaker, estimate, resample

EMOTION_METRICS = {
    "precision": metrics.precision,
    "recall": metrics.recall,
    "f1": metrics.f1,
}
"""Name → function from counts ``(…, true emotion, predicted emotion)`` to values ``(…, emotion)``."""


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation of values, such as those of the folds.

    Parameters
    ----------
    mean : NaN where no value is defined.
    deviation : of a sample (divisor n - 1); NaN of fewer than two values.
    values : number of values that are defined.
    """

    mean: Number
    deviation: Number
    values: int


@dataclass(frozen=True)
class EmotionSpread:
    """Precision, recall and F1 of an emotion over the folds or seeds where they are defined."""

    emotion: str
    precision: Spread
    recall: Spread
    f1: Spread


@dataclass(frozen=True)
class FoldScores:
    """The scores of the folds.

    Parameters
    ----------
    scores : of each fold, by its name; the interval is over the speakers of the fold.
    spread : metric → mean and standard deviation over the folds.
    emotions : the same for each emotion.
    absent : fold → emotions without a clip in its test part, over which its UAR is not computed.
    runs : fold → names of the folders of its runs, one for each seed, beside that of the report.
    """

    scores: tuple[Score, ...]
    spread: Mapping[str, Spread]
    emotions: tuple[EmotionSpread, ...]
    absent: Mapping[str, tuple[str, ...]]
    runs: Mapping[str, tuple[str, ...]]


def fold_scores(
    folds: Mapping[str, Sequence[LabelledPredictions]],
    runs: Mapping[str, Sequence[str]],
    rng: np.random.Generator,
) -> FoldScores:
    """The scores of folds, each predicted with one or more seeds.

    Parameters
    ----------
    folds : name → predictions of each seed for the same clips.
    runs : name → folder of the run of each seed.

    Raises
    ------
    EvaluationError
        The seeds of a fold predict different clips.
    """
    counts = {name: counts_by_seed(tables) for name, tables in folds.items()}
    labels = next(iter(folds.values()))[0].labels
    scores = tuple(mean_score(name, own, rng) for name, own in counts.items())
    totals = np.stack([own.sum(axis=0) for own in counts.values()])  # (fold, seed, true, predicted)
    return FoldScores(
        scores,
        {name: spread([one[name].value for one in scores]) for name in METRICS},
        emotion_spreads(labels, totals),
        {
            name: absent
            for name, own in counts.items()
            if (absent := _absent(labels, own.sum(axis=(0, 1))))
        },
        {name: tuple(names) for name, names in runs.items()},
    )


def counts_by_seed(tables: Sequence[LabelledPredictions]) -> npt.NDArray[np.int64]:
    """Counts ``(speaker, seed, true emotion, predicted emotion)`` of the same clips, speakers by name.

    Raises
    ------
    EvaluationError
        The seeds predict different clips.
    """
    ids = set(tables[0].ids)
    if other := next((one for one in tables if set(one.ids) != ids), None):
        clip = min(ids ^ set(other.ids))
        raise EvaluationError(
            f"the seeds of a fold predict different clips, such as {clip}: train the fold anew with "
            "every seed on the same version of the corpora"
        )
    return np.stack(
        [
            confusions_by_speaker(one.true, one.predicted, one.speakers, len(one.labels))
            for one in tables
        ],
        axis=1,
    ).astype(np.int64)


def over_seeds(metric: Callable[[Counts], Scores]) -> Callable[[Counts], Scores]:
    """The mean over the seeds ``(…,)`` of `metric`, from counts ``(…, seed, true, predicted)``."""
    return lambda counts: mean_of_known(metric(counts))


def over_seeds_by_emotion(metric: Callable[[Counts], Scores]) -> Callable[[Counts], Scores]:
    """The same ``(…, emotion)`` of a metric that has a value for each emotion."""
    return lambda counts: mean_of_known(np.swapaxes(metric(counts), -2, -1))


def mean_score(name: str, by_speaker: Counts, rng: np.random.Generator) -> Score:
    """The score of `counts_by_seed`: the mean over the seeds, its interval by speaker.

    A resample has the same speakers for every seed, so that the interval is that of the mean over these
    seeds for other speakers; the deviation over the seeds is not in it.
    """
    total, resampled = by_speaker.sum(axis=0), resample(by_speaker, rng)
    speakers = len(by_speaker)
    estimates = (
        estimate(metric(total), metric(resampled), speakers)
        for metric in map(over_seeds, METRICS.values())
    )
    return Score.of(name, int(total[0].sum()), speakers, estimates)


def emotion_spreads(labels: LabelSet, counts: Counts) -> tuple[EmotionSpread, ...]:
    """Mean and deviation over the folds for each emotion.

    Parameters
    ----------
    counts : (fold, seed, true emotion, predicted emotion).
    """
    values = {
        name: over_seeds_by_emotion(metric)(counts)  # (fold, emotion)
        for name, metric in EMOTION_METRICS.items()
    }
    return tuple(
        EmotionSpread(emotion, **{name: spread(own[:, index]) for name, own in values.items()})
        for index, emotion in enumerate(labels)
    )


def spread(values: Sequence[float] | Scores) -> Spread:
    """Mean and standard deviation of the values that are not NaN."""
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    mean = float(known.mean()) if len(known) else np.nan
    deviation = float(known.std(ddof=1)) if len(known) > 1 else np.nan
    return Spread(mean, deviation, len(known))


def _absent(labels: LabelSet, total: Counts) -> tuple[str, ...]:
    clips = metrics.support(total).tolist()
    return tuple(emotion for emotion, count in zip(labels, clips, strict=True) if not count)
