"""What a score must be compared with: guessing, the commonest emotion, duration, human listeners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.emotions import LabelSet
from emotion_classifier.evaluation.score import Score, score
from emotion_classifier.evaluation.scored import ScoredClips
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


def baselines(
    test: ScoredClips,
    rng: np.random.Generator,
    *,
    train_emotions: Sequence[str] | None,
    train_durations: npt.NDArray[np.float64] | None,
) -> tuple[Baseline, ...]:
    """Rows for the same test clips; what needs an unknown training part is left out.

    Parameters
    ----------
    train_emotions : of the training clips, each one of the labels; None where unknown.
    train_durations : (clip,) of the same clips in seconds; None where unknown.
    """
    rows = [_chance(test)]
    if train_emotions:
        emotions = test.labels.indices(train_emotions)
        rows.append(_majority(test, emotions, rng))
        if train_durations is not None:
            rows.append(_duration_only(test, emotions, train_durations, rng))
    return (*rows, *_listeners(test))


def _chance(test: ScoredClips) -> Baseline:
    share = Estimate(1 / len(test.labels), None)
    speakers = len(set(test.speakers))
    row = Score("chance", len(test), speakers, uar=share, accuracy=share, macro_f1=_UNKNOWN)
    return Baseline(row, f"one of {len(test.labels)} emotions drawn at random, expected value")


def _majority(
    test: ScoredClips, train: npt.NDArray[np.int64], rng: np.random.Generator
) -> Baseline:
    commonest = int(np.bincount(train).argmax())
    row = score(MAJORITY, test, rng, predicted=np.full_like(test.true, commonest))
    return Baseline(row, f"always {test.labels.names[commonest]}, commonest in the training part")


def _duration_only(
    test: ScoredClips,
    train: npt.NDArray[np.int64],
    train_durations: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> Baseline:
    predicted = predict_by_duration(train_durations, train, test.durations_seconds, test.labels)
    row = score(DURATION_ONLY, test, rng, predicted=predicted)
    return Baseline(row, "knows only how long a clip is; fitted on the training part")


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


def _listeners(test: ScoredClips) -> list[Baseline]:
    corpora = set(test.corpora)
    known = LISTENERS.get(next(iter(corpora)).replace("-", "_")) if len(corpora) == 1 else None
    if known is None or known.emotions != set(test.labels):
        return []
    accuracy = Estimate(known.accuracy, None)
    speakers = len(set(test.speakers))
    row = Score("human listeners", len(test), speakers, _UNKNOWN, accuracy, _UNKNOWN)
    return [Baseline(row, known.source)]
