"""Scores of a model: of all clips, of groups, of each speaker and of each emotion."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from emotion_classifier.evaluation import metrics
from emotion_classifier.evaluation.metrics import METRICS, Counts, Scores
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.uncertainty import (
    Estimate,
    confusions_by_speaker,
    estimate,
    resample,
)

UNKNOWN = "unknown"
"""Name of the group of the clips whose group is not known."""


class Score(BaseModel):
    """The scores of some clips: an estimate of each metric, by its name."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Estimate]

    name: str
    """Name of the model, baseline or group."""
    clips: int
    speakers: int

    @classmethod
    def of(cls, name: str, clips: int, speakers: int, estimates: Iterable[Estimate]) -> Score:
        """The score of `estimates`, one for each metric in the order of `METRICS`."""
        named = dict(zip(METRICS, estimates, strict=True))
        return cls.model_validate({"name": name, "clips": clips, "speakers": speakers, **named})

    def __getitem__(self, metric: str) -> Estimate:
        """The estimate of a metric; NaN where it is not known."""
        return self.__pydantic_extra__.get(metric, Estimate(math.nan, None))

    def renamed(self, name: str) -> Score:
        """The same score under another name."""
        return self.model_copy(update={"name": name})


@dataclass(frozen=True)
class EmotionScore:
    """The scores of an emotion.

    Parameters
    ----------
    clips : of this emotion.
    predicted : clips that this emotion was predicted for.
    precision, recall, f1 : NaN where not defined (see `metrics`).
    """

    emotion: str
    clips: int
    predicted: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


def score(
    name: str,
    clips: LabelledPredictions,
    rng: np.random.Generator,
    predicted: npt.NDArray[np.int64] | Scores | None = None,
) -> Score:
    """The scores of the model, or of other indices ``(clip,)`` or shares ``(clip, emotion)``."""
    chosen = clips.predicted if predicted is None else predicted
    counts = confusions_by_speaker(clips.true, chosen, clips.speakers, len(clips.labels))
    return score_counts(name, counts, resample(counts, rng))


def score_counts(name: str, by_speaker: Counts, resampled: Counts) -> Score:
    """The scores of counts ``(speaker, true emotion, predicted emotion)`` and of their resamples."""
    total, speakers = by_speaker.sum(axis=0), len(by_speaker)
    estimates = (estimate(m(total), m(resampled), speakers) for m in METRICS.values())
    return Score.of(name, round(float(total.sum())), speakers, estimates)


def group_scores(
    clips: LabelledPredictions, keys: Sequence[str | None], rng: np.random.Generator
) -> tuple[Score, ...]:
    """The scores of the clips of each key ``(clip,)``, by name; clips without a key come last."""
    names = np.array([UNKNOWN if key is None else key for key in keys], dtype=object)
    order = sorted(set(names), key=lambda name: (name == UNKNOWN, name))
    return tuple(score(name, clips.select(names == name), rng) for name in order)


def speaker_scores(clips: LabelledPredictions) -> tuple[Score, ...]:
    """The scores of each speaker, by name: without intervals, since each is one speaker."""
    emotions = len(clips.labels)
    counts = confusions_by_speaker(clips.true, clips.predicted, clips.speakers, emotions)
    values = np.stack([metric(counts) for metric in METRICS.values()], axis=1)
    return tuple(
        Score.of(name, int(own.sum()), 1, (Estimate(value, None) for value in row))
        for name, own, row in zip(sorted(set(clips.speakers)), counts, values.tolist(), strict=True)
    )


def emotion_scores(
    clips: LabelledPredictions, rng: np.random.Generator
) -> tuple[EmotionScore, ...]:
    """The scores of each emotion, in the order of the labels."""
    emotions = len(clips.labels)
    counts = confusions_by_speaker(clips.true, clips.predicted, clips.speakers, emotions)
    true, predicted = metrics.support(counts), metrics.predicted_clips(counts)
    resampled, total = resample(counts, rng), counts.sum(axis=0)
    # Only speakers with clips of an emotion count towards its interval.
    clips_of = {metrics.precision: predicted, metrics.recall: true, metrics.f1: true + predicted}
    columns = (
        map(estimate, metric(total), metric(resampled).T, (number > 0).sum(axis=0).tolist())
        for metric, number in clips_of.items()
    )
    sizes = true.sum(axis=0).tolist(), predicted.sum(axis=0).tolist()
    return tuple(map(EmotionScore, clips.labels, *sizes, *columns))
