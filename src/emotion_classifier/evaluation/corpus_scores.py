"""Each corpus by itself: over its own emotions, beside its own baselines.

A model of several corpora knows emotions that one of them may not hold, such as calm, which CREMA-D
has not. The recall and F1 of such an emotion are left out of that corpus' means (see `metrics`),
but a clip that is taken for calm is still a wrong one. So there are two scores: of the model as it
answers, and **restricted** to the emotions of the corpus, its probabilities renormalised over them:
what the model would answer if it were told that there are no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.evaluation.baselines import Baseline, TrivialBaseline, baselines
from emotion_classifier.evaluation.metrics import confusion
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.scores import EmotionScore, Score, emotion_scores, score


@dataclass(frozen=True, eq=False)
class CorpusScore:
    """How well one corpus was recognised.

    Parameters
    ----------
    name : of the corpus.
    labels : the emotions that its clips here have.
    overall : the model as it answers, all its emotions allowed.
    restricted : the model restricted to `labels`; None where it knows no others.
    baselines : for these clips; chance is one of `labels`.
    emotions : each emotion of the model, as it answers.
    confusion : (true emotion, predicted emotion) counts, in the order of the model's emotions.
    """

    name: str
    labels: tuple[str, ...]
    overall: Score
    restricted: Score | None
    baselines: tuple[Baseline, ...]
    emotions: tuple[EmotionScore, ...]
    confusion: npt.NDArray[np.int64]


def corpus_scores(
    clips: LabelledPredictions,
    trivial_baselines: Sequence[TrivialBaseline],
    rng: np.random.Generator,
) -> tuple[CorpusScore, ...]:
    """The scores of each corpus, by name; none where all clips together say the same.

    That is so for a single corpus that holds all the emotions of the model.
    """
    names = sorted(set(clips.corpora))
    if len(names) == 1 and len(np.unique(clips.true)) == len(clips.labels):
        return ()
    corpora = np.array(clips.corpora, dtype=object)
    return tuple(
        _corpus_score(name, clips, corpora == name, trivial_baselines, rng) for name in names
    )


def _corpus_score(
    name: str,
    clips: LabelledPredictions,
    rows: npt.NDArray[np.bool_],
    trivial_baselines: Sequence[TrivialBaseline],
    rng: np.random.Generator,
) -> CorpusScore:
    own = clips.select(rows)
    labels = tuple(clips.labels.names[place] for place in np.unique(own.true))
    restrictable = 2 <= len(labels) < len(clips.labels)
    restricted = own.restricted_to(labels) if restrictable else None
    return CorpusScore(
        name=name,
        labels=labels,
        overall=score(name, own, rng),
        restricted=score(name, restricted, rng) if restricted else None,
        baselines=baselines(
            own, rng, [guess.select(rows) for guess in trivial_baselines], labels=labels
        ),
        emotions=emotion_scores(own, rng),
        confusion=confusion(own.true, own.predicted, len(own.labels)),
    )
