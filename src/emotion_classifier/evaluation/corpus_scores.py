"""Scores of each corpus: over its own emotions, beside its own baselines.

A model of several corpora has emotions that one of them may lack, such as calm, which CREMA-D does
not have. The recall and F1 of such an emotion are left out of that corpus' means (see `metrics`), but
a clip predicted as calm is still wrong. So there are two scores: of the model with all its emotions
(open set), and **restricted** to the emotions of the corpus, its probabilities renormalised over them
(closed set).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import ConfigDict

from emotion_classifier.evaluation.baselines import Baseline, TrivialBaseline, baselines
from emotion_classifier.evaluation.calibration import calibration_error
from emotion_classifier.evaluation.metrics import IntegerRows, confusion
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.scores import EmotionScore, Score, emotion_scores, score
from emotion_classifier.evaluation.uncertainty import Estimate

MEASURES = {
    "closed_set_uar": "closed-set UAR",
    "closed_set_neutral_recall": "neutral, closed set",
    "open_set_uar": "open-set UAR",
    "open_set_neutral_recall": "neutral, open set",
    "calibration_error": "ECE",
}
"""Name → label of the measures by which models are compared on corpora they were not trained on.

UAR, recall of neutral clips, and expected calibration error (ECE, of the open set). An estimate is NaN
where it is not defined: a closed set of one emotion, a corpus without neutral clips.
"""
_NEUTRAL = "neutral"
_UNDEFINED = Estimate(math.nan, None)


@dataclass(frozen=True, eq=False)
class CorpusScore:
    """The scores of a corpus.

    Parameters
    ----------
    labels : the emotions of its clips.
    overall : the model with all its emotions.
    restricted : the model restricted to `labels`; None where it has no others, or `labels` is a
        single emotion.
    measures : name of `MEASURES` → its estimate.
    baselines : for these clips; chance is over `labels`.
    emotions : each emotion of the model, with all its emotions.
    confusion : (true emotion, predicted emotion) counts, in the order of the model's emotions.
    """

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)

    name: str
    labels: tuple[str, ...]
    overall: Score
    restricted: Score | None
    measures: Mapping[str, Estimate]
    baselines: tuple[Baseline, ...]
    emotions: tuple[EmotionScore, ...]
    confusion: IntegerRows

    @property
    def restricted_name(self) -> str:
        """Name of the score of the model restricted to the emotions of the corpus."""
        return f"restricted to its {len(self.labels)} emotions"

    @property
    def scores(self) -> list[Score]:
        """The overall score, named after the corpus, and the restricted one where there is one."""
        if self.restricted is None:
            return [self.overall]
        return [self.overall, self.restricted.renamed(f"{self.name}, {self.restricted_name}")]


def corpus_scores(
    clips: LabelledPredictions, trivial: Sequence[TrivialBaseline], rng: np.random.Generator
) -> tuple[CorpusScore, ...]:
    """The scores of each corpus, by name. The `trivial` baselines are of the same clips."""
    corpora = np.array(clips.corpora, dtype=object)
    masks = {name: corpora == name for name in sorted(set(clips.corpora))}
    return tuple(
        _corpus_score(name, clips.select(rows), [one.select(rows) for one in trivial], rng)
        for name, rows in masks.items()
    )


def _corpus_score(
    name: str,
    own: LabelledPredictions,
    trivial: Sequence[TrivialBaseline],
    rng: np.random.Generator,
) -> CorpusScore:
    labels = tuple(own.labels.names[index] for index in np.unique(own.true))
    overall = score(name, own, rng)
    limited = own.restricted_to(labels) if 2 <= len(labels) < len(own.labels) else None
    restricted = None if limited is None else score(name, limited, rng)
    beside = baselines(own, rng, trivial, labels=labels)
    emotions = emotion_scores(own, rng)
    measures = _measures("open_set", overall, emotions)
    if limited is not None and restricted is not None:
        measures |= _measures("closed_set", restricted, emotion_scores(limited, rng))
    elif len(labels) > 1:
        measures |= _measures("closed_set", overall, emotions)
    measures["calibration_error"] = Estimate(calibration_error(own.confidence, own.correct), None)
    return CorpusScore(
        name=name,
        labels=labels,
        overall=overall,
        restricted=restricted,
        measures={measure: measures.get(measure, _UNDEFINED) for measure in MEASURES},
        baselines=beside,
        emotions=emotions,
        confusion=confusion(own.true, own.predicted, len(own.labels)),
    )


def _measures(prefix: str, overall: Score, emotions: Sequence[EmotionScore]) -> dict[str, Estimate]:
    """UAR and recall of neutral of a closed or open set."""
    neutral = (one.recall for one in emotions if one.emotion == _NEUTRAL)
    return {
        f"{prefix}_uar": overall["uar"],
        f"{prefix}_neutral_recall": next(neutral, _UNDEFINED),
    }
