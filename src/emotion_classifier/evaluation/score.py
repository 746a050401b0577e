"""The scores of some clips in one row: how many they are, UAR, accuracy, macro-F1, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.evaluation import categorical
from emotion_classifier.evaluation.categorical import Counts
from emotion_classifier.evaluation.scored import ScoredClips
from emotion_classifier.evaluation.uncertainty import (
    Estimate,
    confusions_by_speaker,
    estimate,
    resample,
)


@dataclass(frozen=True)
class Score:
    """How well some clips were recognised; NaN where a score is not known."""

    name: str
    clips: int
    speakers: int
    uar: Estimate
    accuracy: Estimate
    macro_f1: Estimate


def score(
    name: str,
    clips: ScoredClips,
    rng: np.random.Generator,
    predicted: npt.NDArray[np.int64] | None = None,
) -> Score:
    """The scores of the model's predictions, or of other ones ``(clip,)`` for the same clips."""
    answers = clips.predicted if predicted is None else predicted
    emotions = len(clips.labels)
    by_speaker = confusions_by_speaker(clips.true, answers, clips.speakers, emotions)
    return score_counts(name, by_speaker, resample(by_speaker, rng))


def score_counts(name: str, by_speaker: Counts, resampled: Counts) -> Score:
    """The scores of counts ``(speaker, true emotion, predicted emotion)`` and of their resamples."""
    total = by_speaker.sum(axis=0)
    uar, accuracy, macro_f1 = (
        estimate(float(metric(total)), metric(resampled), len(by_speaker))
        for metric in (categorical.uar, categorical.accuracy, categorical.macro_f1)
    )
    return Score(name, round(float(total.sum())), len(by_speaker), uar, accuracy, macro_f1)
