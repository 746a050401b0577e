"""Baselines of a score: chance, the most frequent emotion, duration alone, human listeners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from emotion_classifier.emotions import LabelSet
from emotion_classifier.evaluation.human_comparison import (
    MAJORITY_VOTE,
    ONE_LISTENER,
    listener_scores,
)
from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.scores import Score, score
from emotion_classifier.evaluation.uncertainty import Estimate

MAJORITY, DURATION_ONLY = "majority", "duration only"
_SHORTEST_SECONDS = 1e-3


@dataclass(frozen=True)
class Baseline:
    """A score to compare with, and its origin."""

    score: Score
    note: str


@dataclass(frozen=True)
class PublishedListeners:
    """Published accuracy of the listeners of a corpus."""

    emotions: frozenset[str]
    accuracy: float
    source: str


PUBLISHED_LISTENERS = {
    "crema_d": PublishedListeners(
        frozenset({"neutral", "happy", "sad", "angry", "fearful", "disgust"}),
        0.409,
        "single ratings of the whole corpus, audio only: Cao et al., CREMA-D, IEEE Transactions on "
        "Affective Computing 5 (2014)",
    ),
}
"""Corpus → the published accuracy of its listeners, over these emotions."""


@dataclass(frozen=True, eq=False)
class TrivialBaseline:
    """Indices ``(clip,)`` predicted by a rule that ignores the audio, and a note on its information."""

    name: str
    predicted: npt.NDArray[np.int64]
    note: str

    def select(self, rows: npt.NDArray[np.bool_]) -> TrivialBaseline:
        """The predictions of some of the clips ``(clip,)``."""
        return replace(self, predicted=self.predicted[rows])


def trivial_baselines(
    test: LabelledPredictions,
    train_emotions: Sequence[str],
    train_durations: npt.NDArray[np.float64],
) -> tuple[TrivialBaseline, ...]:
    """Predictions of the rules that are fitted on the training part; none where it is empty.

    Parameters
    ----------
    train_emotions : of the training clips, each one of the labels.
    train_durations : (clip,) of the same clips in seconds.

    Raises
    ------
    LabelError
        A training emotion that the model does not have.
    """
    if not train_emotions:
        return ()
    train = test.labels.indices(train_emotions)
    most_frequent = int(np.bincount(train).argmax())
    return (
        TrivialBaseline(
            MAJORITY,
            np.full_like(test.true, most_frequent),
            f"always {test.labels.names[most_frequent]}, most frequent in the training part",
        ),
        TrivialBaseline(
            DURATION_ONLY,
            predict_by_duration(train_durations, train, test.durations_seconds, test.labels),
            "uses only the duration of a clip; fitted on the training part",
        ),
    )


def pool_folds(folds: Sequence[Sequence[TrivialBaseline]]) -> tuple[TrivialBaseline, ...]:
    """The baselines of several folds, each fitted on its own training part, joined over all clips."""
    return tuple(
        TrivialBaseline(
            rules[0].name,
            np.concatenate([rule.predicted for rule in rules]),
            "; ".join(dict.fromkeys(rule.note for rule in rules)) + ", of each fold its own",
        )
        for rules in zip(*folds, strict=True)
    )


def baselines(
    test: LabelledPredictions,
    rng: np.random.Generator,
    trivial: Sequence[TrivialBaseline] = (),
    *,
    labels: Sequence[str] | None = None,
) -> tuple[Baseline, ...]:
    """Scores of the same test clips: chance, trivial baselines, and listeners where known.

    Chance is over `labels`; None means all emotions of the model.
    """
    emotions = tuple(labels or test.labels)
    # Generators of their own: the other scores are the same with and without trivial baselines.
    rows = (
        Baseline(score(one.name, test, rng.spawn(1)[0], one.predicted), one.note) for one in trivial
    )
    chance = {name: metric.chance(len(emotions)) for name, metric in METRICS.items()}
    note = f"one of {len(emotions)} emotions drawn at random, expected value"
    first = Baseline(_known_score("chance", test, chance), note)
    return (first, *rows, *_listeners(test, emotions, rng))


def _known_score(name: str, test: LabelledPredictions, values: dict[str, float]) -> Score:
    """A score without intervals of known `values`; the other metrics are NaN."""
    estimates = (Estimate(values.get(metric, np.nan), None) for metric in METRICS)
    return Score.of(name, len(test), len(set(test.speakers)), estimates)


def predict_by_duration(
    train_durations: npt.NDArray[np.float64],
    train: npt.NDArray[np.int64],
    durations: npt.NDArray[np.float64],
    labels: LabelSet,
) -> npt.NDArray[np.int64]:
    """Emotion indices ``(clip,)``, from one Gaussian of the log duration for each emotion.

    All emotions have the same prior; one without a training clip is never predicted.

    Parameters
    ----------
    train_durations, durations : (clip,) in seconds.
    train : (clip,) emotion indices of the training clips.
    """
    known, test = (np.log(np.maximum(d, _SHORTEST_SECONDS)) for d in (train_durations, durations))
    counts = np.bincount(train, minlength=len(labels))
    means = np.bincount(train, known, len(labels)) / np.maximum(counts, 1)
    squares = np.bincount(train, (known - means[train]) ** 2, len(labels))
    pooled = squares.sum() / len(train)
    # One clip's worth of the pooled variance keeps an emotion with few clips from becoming a spike.
    variances = np.maximum((squares + pooled) / (counts + 1), 1e-6)
    distances = (test[:, np.newaxis] - means) ** 2 / variances + np.log(variances)
    return np.asarray(np.where(counts > 0, distances, np.inf).argmin(axis=1))


def _listeners(
    test: LabelledPredictions, emotions: tuple[str, ...], rng: np.random.Generator
) -> list[Baseline]:
    """From the votes where all these clips have some; otherwise as published for the corpus."""
    if test.has_votes.all():
        notes = {
            MAJORITY_VOTE: "the emotion that most listeners of these clips chose, of tied ones one "
            "drawn at random, expected value",
            ONE_LISTENER: "a listener of each of these clips drawn at random, expected value",
        }
        return [Baseline(row, notes[row.name]) for row in listener_scores(test, rng)]
    corpus, *others = {name.replace("-", "_") for name in test.corpora}
    known = None if others else PUBLISHED_LISTENERS.get(corpus)
    if known is None or known.emotions != set(emotions):
        return []
    published = _known_score("human listeners", test, {"accuracy": known.accuracy})
    return [Baseline(published, known.source)]
