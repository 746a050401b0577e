"""Scores of a cross-validation that was repeated with several seeds; no seed is chosen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from pydantic import TypeAdapter

from emotion_classifier.emotions import LabelSet
from emotion_classifier.evaluation import metrics
from emotion_classifier.evaluation.fold_scores import (
    EMOTION_METRICS,
    EmotionSpread,
    FoldScores,
    Spread,
    counts_by_seed,
    emotion_spreads,
    fold_scores,
    mean_score,
    over_seeds_by_emotion,
    spread,
)
from emotion_classifier.evaluation.metrics import METRICS, Counts
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.scores import EmotionScore, Score
from emotion_classifier.evaluation.uncertainty import estimate, resample


@dataclass(frozen=True, kw_only=True)
class SeedScores:
    """A cross-validation with several seeds; the fields are the keys of ``seed_scores.json``.

    Parameters
    ----------
    format : version of ``seed_scores.json``, raised when a key changes its meaning.
    warnings : reasons to doubt the numbers.
    facts : seed → folder of its cross-validation, beside that of this report.
    origin : name → value of what made this.
    labels : the emotions.
    mean : of each metric the mean over the seeds, of all folds together. The interval is that of the
        mean for other speakers: a resample has the same speakers for every seed.
    spread : metric → mean and standard deviation over the seeds, of all folds together.
    scores : of each seed, all folds together.
    emotions : of each emotion the mean over the seeds, its interval by speaker.
    emotion_spreads : mean and standard deviation over the seeds.
    folds : each fold; its value is the mean over the seeds.
    """

    format: Literal[1] = 1
    title: str
    warnings: tuple[str, ...]
    facts: Mapping[str, str]
    origin: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[str, ...]
    mean: Score
    spread: Mapping[str, Spread]
    scores: tuple[Score, ...]
    emotions: tuple[EmotionScore, ...]
    emotion_spreads: tuple[EmotionSpread, ...]
    folds: FoldScores


def seed_scores(
    seeds: Mapping[int, Mapping[str, LabelledPredictions]],
    runs: Mapping[int, Mapping[str, str]],
    *,
    title: str,
    warnings: Sequence[str] = (),
    facts: Mapping[str, str] | None = None,
    origin: Mapping[str, str] | None = None,
) -> SeedScores:
    """The scores of the same folds, trained with several seeds.

    Parameters
    ----------
    seeds : seed → fold → predictions of its test part; the first seed is also that of the bootstrap.
    runs : seed → fold → name of the folder of the run.

    Raises
    ------
    EvaluationError
        The seeds predict different clips.
    """
    rng = np.random.default_rng(next(iter(seeds)))
    folds = list(next(iter(seeds.values())))
    pooled = {seed: concatenate(list(own.values())) for seed, own in seeds.items()}
    labels = next(iter(pooled.values())).labels
    counts = counts_by_seed(list(pooled.values()))
    scores = tuple(
        mean_score(f"seed {seed}", counts[:, [index]], rng) for index, seed in enumerate(pooled)
    )
    by_seed = counts.sum(axis=0)[:, np.newaxis]  # (seed, 1, true emotion, predicted emotion)
    return SeedScores(
        title=title,
        warnings=tuple(warnings),
        facts=dict(facts or {}),
        origin=dict(origin or {}),
        labels=labels.names,
        mean=mean_score(f"mean of {len(seeds)} seeds", counts, rng),
        spread={name: spread([one[name].value for one in scores]) for name in METRICS},
        scores=scores,
        emotions=_emotion_means(labels, counts, rng),
        emotion_spreads=emotion_spreads(labels, by_seed),
        folds=fold_scores(
            {fold: [own[fold] for own in seeds.values()] for fold in folds},
            {fold: [own[fold] for own in runs.values()] for fold in folds},
            rng,
        ),
    )


def to_json(scores: SeedScores) -> str:
    """The scores as JSON: unrounded numbers, null where a number is not defined."""
    content = TypeAdapter(SeedScores).dump_python(scores, mode="json")
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _emotion_means(
    labels: LabelSet, counts: Counts, rng: np.random.Generator
) -> tuple[EmotionScore, ...]:
    """The mean over the seeds of counts ``(speaker, seed, true emotion, predicted emotion)``."""
    total, resampled = counts.sum(axis=0), resample(counts, rng)
    true = metrics.support(counts)[:, 0]  # (speaker, emotion), the same for every seed
    predicted = metrics.predicted_clips(counts).sum(axis=1)
    clips_of = {"precision": predicted, "recall": true, "f1": true + predicted}
    columns = {}
    for name, metric in EMOTION_METRICS.items():
        # Only speakers with clips of an emotion count towards its interval.
        speakers = (clips_of[name] > 0).sum(axis=0).tolist()
        mean = over_seeds_by_emotion(metric)
        columns[name] = list(map(estimate, mean(total), mean(resampled).T, speakers))
    mean_predicted = (predicted.sum(axis=0) / counts.shape[1]).round().astype(int).tolist()
    sizes = true.sum(axis=0).tolist(), mean_predicted
    return tuple(map(EmotionScore, labels, *sizes, *columns.values()))
