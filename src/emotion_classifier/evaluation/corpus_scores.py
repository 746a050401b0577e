"""Scores of each corpus: over its own emotions, beside its own baselines.

A model of several corpora has emotions that one of them may lack, such as calm, which CREMA-D does
not have. The recall and F1 of such an emotion are left out of that corpus' means (see `metrics`), but
a clip predicted as calm is still wrong. So there are two scores: of the model with all its emotions,
and **restricted** to the emotions of the corpus, its probabilities renormalised over them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import ConfigDict

from emotion_classifier.evaluation.baselines import Baseline, TrivialBaseline, baselines
from emotion_classifier.evaluation.metrics import IntegerRows, confusion
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.scores import EmotionScore, Score, emotion_scores, score


@dataclass(frozen=True, eq=False)
class CorpusScore:
    """The scores of a corpus.

    Parameters
    ----------
    labels : the emotions of its clips.
    overall : the model with all its emotions.
    restricted : the model restricted to `labels`; None where it has no others.
    baselines : for these clips; chance is over `labels`.
    emotions : each emotion of the model, with all its emotions.
    confusion : (true emotion, predicted emotion) counts, in the order of the model's emotions.
    """

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)

    name: str
    labels: tuple[str, ...]
    overall: Score
    restricted: Score | None
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
    """The scores of each corpus, by name; none for one corpus that has all emotions of the model.

    Its scores are those of all clips. The `trivial` baselines are of the same clips.
    """
    names = sorted(set(clips.corpora))
    if len(names) == 1 and len(np.unique(clips.true)) == len(clips.labels):
        return ()
    corpora = np.array(clips.corpora, dtype=object)
    masks = [corpora == name for name in names]
    return tuple(
        _corpus_score(name, clips.select(rows), [one.select(rows) for one in trivial], rng)
        for name, rows in zip(names, masks, strict=True)
    )


def _corpus_score(
    name: str,
    own: LabelledPredictions,
    trivial: Sequence[TrivialBaseline],
    rng: np.random.Generator,
) -> CorpusScore:
    labels = tuple(own.labels.names[index] for index in np.unique(own.true))
    restrictable = 2 <= len(labels) < len(own.labels)
    return CorpusScore(
        name=name,
        labels=labels,
        overall=score(name, own, rng),
        restricted=score(name, own.restricted_to(labels), rng) if restrictable else None,
        baselines=baselines(own, rng, trivial, labels=labels),
        emotions=emotion_scores(own, rng),
        confusion=confusion(own.true, own.predicted, len(own.labels)),
    )
