"""Facts of a model card: scores of corpora, groups and speakers, and calibration. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from emotion_classifier.evaluation.calibration import calibration_error
from emotion_classifier.evaluation.corpus_scores import corpus_scores
from emotion_classifier.evaluation.groups import group_keys
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.rejection import rejection
from emotion_classifier.evaluation.scores import (
    Score,
    group_scores,
    speaker_scores,
)
from emotion_classifier.evaluation.uncertainty import Estimate
from emotion_classifier.model_folder.specification import (
    GroupFacts,
    IntervalFacts,
    LeftOutFacts,
    ScoreFacts,
    SpeakerFacts,
)


def score_facts(clips: LabelledPredictions, seed: int) -> tuple[ScoreFacts, ...]:
    """The score on each corpus; also restricted to its emotions where it lacks some of the model's."""
    rng = np.random.default_rng(seed)
    return tuple(ScoreFacts(**fields) for fields, _ in _corpus_rows(clips, rng))


def left_out_facts(
    clips: LabelledPredictions, languages: Mapping[str, str | None], seed: int
) -> tuple[LeftOutFacts, ...]:
    """The scores on corpora that the model was not trained on, as in `score_facts`.

    Parameters
    ----------
    languages : corpus → its language, None where it is not known.
    """
    rng = np.random.default_rng(seed)
    return tuple(
        LeftOutFacts(**fields, language=languages[own.corpora[0]])
        for fields, own in _corpus_rows(clips, rng)
    )


def group_facts(clips: LabelledPredictions, seed: int) -> tuple[GroupFacts, ...]:
    """The scores by sex, intensity and attributes of the speakers, on each corpus that has several."""
    rng = np.random.default_rng(seed)
    return tuple(
        GroupFacts(by=by, **_fields(row.renamed(f"{corpus}: {row.name}")))
        for corpus, own in _by_corpus(clips)
        for by, keys in group_keys(own).items()
        if len(set(keys)) > 1
        for row in group_scores(own, keys, rng)
    )


def speaker_facts(clips: LabelledPredictions) -> tuple[SpeakerFacts, ...]:
    """The lowest, median and highest UAR of the speakers of each corpus that has several."""
    rows = []
    for corpus, own in _by_corpus(clips):
        values = [row["uar"].value for row in speaker_scores(own)]
        if len(values) > 1:
            lowest, median, highest = np.quantile(values, (0.0, 0.5, 1.0)).tolist()
            rows.append(
                SpeakerFacts(
                    corpus=corpus,
                    speakers=len(values),
                    lowest=lowest,
                    median=median,
                    highest=highest,
                )
            )
    return tuple(rows)


def calibration_facts(clips: LabelledPredictions, uncertain_below: float) -> dict[str, Any]:
    """Fields of `CardFacts`: calibration error of the confidences, and coverage and accuracy above the threshold."""
    kept = rejection(clips.confidence, clips.correct, uncertain_below)
    return {
        "calibration_error": calibration_error(clips.confidence, clips.correct),
        "coverage": kept.coverage,
        "accuracy_when_sure": None if np.isnan(kept.accuracy) else kept.accuracy,
    }


def _corpus_rows(
    clips: LabelledPredictions, rng: np.random.Generator
) -> Iterator[tuple[dict[str, Any], LabelledPredictions]]:
    """Fields of `ScoreFacts` of each corpus, and the predictions behind them."""
    corpora = corpus_scores(clips, (), rng)
    for corpus, (_, own) in zip(corpora, _by_corpus(clips), strict=True):
        for row, prefix in zip(corpus.scores, ("open_set", "closed_set"), strict=False):
            scored = own if prefix == "open_set" else own.restricted_to(corpus.labels)
            neutral = corpus.measures[f"{prefix}_neutral_recall"]
            fields = {
                "neutral_recall": None if np.isnan(neutral.value) else _interval(neutral),
                "calibration_error": calibration_error(scored.confidence, scored.correct),
            }
            yield {**_fields(row), **fields}, own


def _by_corpus(clips: LabelledPredictions) -> Iterator[tuple[str, LabelledPredictions]]:
    """The clips of each corpus, in the order of their names."""
    corpora = np.array(clips.corpora, dtype=object)
    for corpus in sorted(set(clips.corpora)):
        yield corpus, clips.select(corpora == corpus)


def _interval(estimate: Estimate) -> IntervalFacts:
    bounds = estimate.interval
    return IntervalFacts(
        value=estimate.value,
        low=bounds.low if bounds else None,
        high=bounds.high if bounds else None,
    )


def _fields(row: Score) -> dict[str, Any]:
    """Fields of `ScoreFacts`."""
    uar = _interval(row["uar"])
    return {
        "name": row.name,
        "clips": row.clips,
        "speakers": row.speakers,
        "uar": uar.value,
        "low": uar.low,
        "high": uar.high,
        "accuracy": row["accuracy"].value,
    }
