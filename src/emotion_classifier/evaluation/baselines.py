"""What a score must be compared with: guessing, the commonest emotion, duration, human listeners."""

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
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.scores import Score, score
from emotion_classifier.evaluation.uncertainty import Estimate

MAJORITY, DURATION_ONLY = "majority", "duration only"
_UNKNOWN = Estimate(float("nan"), None)
_SHORTEST_SECONDS = 1e-3


@dataclass(frozen=True)
class Baseline:
    """A score to compare with, and where it comes from."""

    score: Score
    note: str


@dataclass(frozen=True)
class Listeners:
    """What people reach who hear a corpus."""

    emotions: frozenset[str]
    accuracy: float
    source: str


LISTENERS = {
    "crema_d": Listeners(
        frozenset({"neutral", "happy", "sad", "angry", "fearful", "disgust"}),
        0.409,
        "single ratings of the whole corpus, audio only: Cao et al., CREMA-D, IEEE Transactions on "
        "Affective Computing 5 (2014)",
    ),
}
"""Corpus → the published accuracy of its listeners, over these emotions."""


@dataclass(frozen=True, eq=False)
class TrivialBaseline:
    """What a rule that hears no voice answers to each test clip.

    Parameters
    ----------
    predicted : (clip,) emotion indices.
    note : what the rule knows.
    """

    name: str
    predicted: npt.NDArray[np.int64]
    note: str

    def select(self, rows: npt.NDArray[np.bool_]) -> TrivialBaseline:
        """The answers to some of the clips ``(clip,)``."""
        return replace(self, predicted=self.predicted[rows])


def trivial_baselines(
    test: LabelledPredictions,
    train_emotions: Sequence[str],
    train_durations: npt.NDArray[np.float64],
) -> tuple[TrivialBaseline, ...]:
    """The answers of the rules that are fitted on the training part; none where it is empty.

    Parameters
    ----------
    train_emotions : of the training clips, each one of the labels.
    train_durations : (clip,) of the same clips in seconds.

    Raises
    ------
    LabelError
        A training emotion that the model does not know.
    """
    if not train_emotions:
        return ()
    train = test.labels.indices(train_emotions)
    commonest = int(np.bincount(train).argmax())
    return (
        TrivialBaseline(
            MAJORITY,
            np.full_like(test.true, commonest),
            f"always {test.labels.names[commonest]}, commonest in the training part",
        ),
        TrivialBaseline(
            DURATION_ONLY,
            predict_by_duration(train_durations, train, test.durations_seconds, test.labels),
            "knows only how long a clip is; fitted on the training part",
        ),
    )


def pool_folds(folds: Sequence[Sequence[TrivialBaseline]]) -> tuple[TrivialBaseline, ...]:
    """The trivial_baselines of several folds, each from its own training part, as one for all their clips."""
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
    trivial_baselines: Sequence[TrivialBaseline] = (),
    *,
    labels: Sequence[str] | None = None,
) -> tuple[Baseline, ...]:
    """Rows for the same test clips: chance, the trivial_baselines, and listeners where they are known.

    Parameters
    ----------
    trivial_baselines : for these clips.
    labels : the emotions that there are to guess; None for all of the model.
    """
    emotions = tuple(labels or test.labels)
    rows = (_guessed(test, guess, rng) for guess in trivial_baselines)
    return (_chance(test, len(emotions)), *rows, *_listeners(test, emotions, rng))


def _chance(test: LabelledPredictions, emotions: int) -> Baseline:
    share = Estimate(1 / emotions, None)
    speakers = len(set(test.speakers))
    row = Score("chance", len(test), speakers, uar=share, accuracy=share, macro_f1=_UNKNOWN)
    return Baseline(row, f"one of {emotions} emotions drawn at random, expected value")


def _guessed(
    test: LabelledPredictions, guess: TrivialBaseline, rng: np.random.Generator
) -> Baseline:
    return Baseline(score(guess.name, test, rng, predicted=guess.predicted), guess.note)


def predict_by_duration(
    train_durations: npt.NDArray[np.float64],
    train: npt.NDArray[np.int64],
    durations: npt.NDArray[np.float64],
    labels: LabelSet,
) -> npt.NDArray[np.int64]:
    """Emotion indices ``(clip,)``, from one Gaussian of the log duration for each emotion.

    All emotions are equally likely before the duration is known; one without a training clip is
    never predicted.

    Parameters
    ----------
    train_durations, durations : (clip,) in seconds.
    train : (clip,) emotion indices of the training clips.
    """
    known, test = (np.log(np.maximum(d, _SHORTEST_SECONDS)) for d in (train_durations, durations))
    counts = np.bincount(train, minlength=len(labels))
    held = np.maximum(counts, 1)
    means = np.bincount(train, known, len(labels)) / held
    squares = np.bincount(train, (known - means[train]) ** 2, len(labels))
    pooled = squares.sum() / len(train)
    # One clip's worth of the pooled variance keeps an emotion with few clips from becoming a spike.
    variances = np.maximum((squares + pooled) / (counts + 1), 1e-6)
    distances = (test[:, np.newaxis] - means) ** 2 / variances + np.log(variances)
    nearest: npt.NDArray[np.int64] = np.where(counts > 0, distances, np.inf).argmin(axis=1)
    return nearest


def _listeners(
    test: LabelledPredictions, emotions: tuple[str, ...], rng: np.random.Generator
) -> list[Baseline]:
    """From the votes where all these clips have some; else as published for the corpus."""
    if test.has_votes.all():
        notes = {
            MAJORITY_VOTE: "the emotion that most listeners of these clips heard, of tied ones one "
            "drawn at random, expected value",
            ONE_LISTENER: "a listener of each of these clips drawn at random, expected value",
        }
        return [Baseline(row, notes[row.name]) for row in listener_scores(test, rng)]
    corpora = set(test.corpora)
    known = LISTENERS.get(next(iter(corpora)).replace("-", "_")) if len(corpora) == 1 else None
    if known is None or known.emotions != set(emotions):
        return []
    accuracy = Estimate(known.accuracy, None)
    speakers = len(set(test.speakers))
    row = Score("human listeners", len(test), speakers, _UNKNOWN, accuracy, _UNKNOWN)
    return [Baseline(row, known.source)]
