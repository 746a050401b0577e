"""The scores of a model card, from the predictions of a cross-validation. Needs no torch."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from emotion_classifier.evaluation.calibration import reliability
from emotion_classifier.evaluation.corpus_scores import corpus_scores
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.rejection import rejection
from emotion_classifier.evaluation.scores import Score, group_scores, score
from emotion_classifier.model_folder.specification import GroupFacts, ScoreFacts


class CalibrationFacts(TypedDict):
    """Fields of `CardFacts`."""

    calibration_error: float
    coverage: float
    accuracy_when_sure: float | None


def score_facts(pooled: LabelledPredictions, seed: int) -> tuple[ScoreFacts, ...]:
    """The score on each corpus; also restricted to its emotions where it lacks some of the model's."""
    rng = np.random.default_rng(seed)
    corpora = corpus_scores(pooled, (), rng)
    if not corpora:
        return (ScoreFacts(**_fields(score(pooled.corpora[0], pooled, rng))),)
    return tuple(ScoreFacts(**_fields(row)) for corpus in corpora for row in corpus.scores)


def group_facts(pooled: LabelledPredictions, seed: int) -> tuple[GroupFacts, ...]:
    """The scores by sex and by intensity on each corpus that has several of them."""
    rng = np.random.default_rng(seed)
    rows = []
    corpora = np.array(pooled.corpora, dtype=object)
    for corpus in sorted(set(pooled.corpora)):
        clips = pooled.select(corpora == corpus)
        for by, keys in (("sex", clips.sexes), ("intensity", clips.intensities)):
            if len(set(keys)) > 1:
                scores = group_scores(clips, keys, rng)
                named = [one.renamed(f"{corpus}: {one.name}") for one in scores]
                rows += [GroupFacts(by=by, **_fields(one)) for one in named]
    return tuple(rows)


def calibration_facts(pooled: LabelledPredictions, uncertain_below: float) -> CalibrationFacts:
    """Calibration error of the confidences, and coverage and accuracy above the threshold."""
    kept = rejection(pooled.confidence, pooled.correct, uncertain_below)
    return {
        "calibration_error": reliability(pooled.confidence, pooled.correct).error,
        "coverage": kept.coverage,
        "accuracy_when_sure": None if np.isnan(kept.accuracy) else kept.accuracy,
    }


class _ScoreFields(TypedDict):
    name: str
    clips: int
    speakers: int
    uar: float
    low: float | None
    high: float | None
    accuracy: float


def _fields(one: Score) -> _ScoreFields:
    bounds = one["uar"].interval
    return {
        "name": one.name,
        "clips": one.clips,
        "speakers": one.speakers,
        "uar": one["uar"].value,
        "low": bounds.low if bounds else None,
        "high": bounds.high if bounds else None,
        "accuracy": one["accuracy"].value,
    }
