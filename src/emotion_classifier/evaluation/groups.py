"""The same scores for parts of the clips: each corpus, sex, intensity, speaker, emotion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotion_classifier.evaluation import categorical
from emotion_classifier.evaluation.categorical import Counts, Scores
from emotion_classifier.evaluation.score import Score, score
from emotion_classifier.evaluation.scored import ScoredClips
from emotion_classifier.evaluation.uncertainty import (
    Estimate,
    confusions_by_speaker,
    estimate,
    resample,
)

UNKNOWN = "unknown"


@dataclass(frozen=True)
class EmotionScore:
    """How well one emotion was recognised.

    Parameters
    ----------
    clips : of this emotion.
    predicted : clips that were given this emotion.
    precision, recall, f1 : NaN where not defined (see `categorical`).
    """

    emotion: str
    clips: int
    predicted: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


def group_scores(
    clips: ScoredClips, keys: Sequence[str | None], rng: np.random.Generator
) -> tuple[Score, ...]:
    """The scores of the clips of each key ``(clip,)``, by name; clips without a key come last."""
    names = np.array([UNKNOWN if key is None else key for key in keys], dtype=object)
    order = sorted(set(names), key=lambda name: (name == UNKNOWN, name))
    return tuple(score(name, clips.select(names == name), rng) for name in order)


def speaker_scores(clips: ScoredClips) -> tuple[Score, ...]:
    """The scores of each speaker, by name: without intervals, since each is one speaker."""
    emotions = len(clips.labels)
    counts = confusions_by_speaker(clips.true, clips.predicted, clips.speakers, emotions)
    columns = (categorical.uar(counts), categorical.accuracy(counts), categorical.macro_f1(counts))
    sizes = counts.sum(axis=(1, 2))
    return tuple(
        Score(name, int(size), 1, *(Estimate(float(value), None) for value in values))
        for name, size, *values in zip(sorted(set(clips.speakers)), sizes, *columns, strict=True)
    )


def emotion_scores(clips: ScoredClips, rng: np.random.Generator) -> tuple[EmotionScore, ...]:
    """The scores of each emotion, in the order of the labels."""
    emotions = len(clips.labels)
    counts = confusions_by_speaker(clips.true, clips.predicted, clips.speakers, emotions)
    held, given = categorical.support(counts), categorical.predictions(counts)
    resampled = resample(counts, rng)
    total = counts.sum(axis=0)
    columns = (
        _estimates(categorical.precision(total), categorical.precision(resampled), given),
        _estimates(categorical.recall(total), categorical.recall(resampled), held),
        _estimates(categorical.f1(total), categorical.f1(resampled), held + given),
    )
    sizes = zip(held.sum(axis=0), given.sum(axis=0), strict=True)
    return tuple(
        EmotionScore(name, int(clips_of_it), int(predicted), *estimates)
        for name, (clips_of_it, predicted), *estimates in zip(
            clips.labels, sizes, *columns, strict=True
        )
    )


def _estimates(values: Scores, resampled: Scores, contributions: Counts) -> list[Estimate]:
    # Only the speakers who have clips of an emotion tell anything about it.
    speakers = (contributions > 0).sum(axis=0)
    return [
        estimate(float(value), resampled[:, place], int(speakers[place]))
        for place, value in enumerate(values)
    ]
