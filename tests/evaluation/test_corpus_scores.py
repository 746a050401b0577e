"""Each corpus by itself, over the emotions that it has."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics

from emotion_classifier.evaluation.baselines import trivial_baselines
from emotion_classifier.evaluation.corpus_scores import corpus_scores
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate

Make = Callable[..., LabelledPredictions]


@pytest.fixture
def mixed(make_clips: Make) -> LabelledPredictions:
    """One corpus with four emotions, and one with votes and without the last two."""
    few = make_clips(4, 12, corpus="few", seed=1, votes=9)
    return concatenate([make_clips(), few.select(few.true < 2)])


def test_a_corpus_is_scored_over_its_own_emotions(mixed: LabelledPredictions) -> None:
    few, toy = corpus_scores(mixed, (), np.random.default_rng(0))
    assert (few.name, few.labels) == ("few", ("neutral", "happy"))
    rows = np.array(mixed.corpora) == "few"
    true, predicted = mixed.true[rows], mixed.predicted[rows]
    assert set(predicted) - {0, 1}
    recalls = metrics.recall_score(true, predicted, labels=[0, 1], average="macro")
    assert few.overall["uar"].value == pytest.approx(recalls)
    f1 = metrics.f1_score(true, predicted, labels=[0, 1], average="macro")
    assert few.overall["macro_f1"].value == pytest.approx(f1)
    assert few.overall.clips == few.confusion.sum() == rows.sum()
    assert few.overall.speakers == 4
    assert few.confusion.shape == (4, 4) and few.confusion[2:].sum() == 0
    assert toy.restricted is None and len(toy.labels) == 4


def test_restricted_scores_predict_within_the_emotions_of_the_corpus(
    mixed: LabelledPredictions,
) -> None:
    few, _ = corpus_scores(mixed, (), np.random.default_rng(0))
    rows = np.array(mixed.corpora) == "few"
    answers = mixed.probabilities[rows][:, :2].argmax(axis=1)
    assert few.restricted is not None
    assert few.restricted["accuracy"].value == pytest.approx((answers == mixed.true[rows]).mean())
    assert few.restricted["accuracy"].value > few.overall["accuracy"].value


def test_baselines_are_those_of_the_corpus(mixed: LabelledPredictions) -> None:
    fitted = trivial_baselines(mixed, ["happy", "happy", "sad"], np.array([1.0, 2.0, 4.0]))
    few, toy = corpus_scores(mixed, fitted, np.random.default_rng(0))
    rows = {row.score.name: row.score for row in few.baselines}
    assert rows["chance"]["uar"].value == 0.5
    assert rows["majority"]["uar"].value == 0.5 and rows["majority"].clips == few.overall.clips
    assert rows["listeners (majority)"].clips == few.overall.clips
    assert [row.score.name for row in toy.baselines] == ["chance", "majority", "duration only"]


def test_one_whole_corpus_needs_no_section_of_its_own(make_clips: Make) -> None:
    clips = make_clips()
    assert corpus_scores(clips, (), np.random.default_rng(0)) == ()
    (one,) = corpus_scores(clips.select(clips.true > 0), (), np.random.default_rng(0))
    assert one.restricted is not None


def test_a_corpus_of_one_emotion_cannot_be_restricted(make_clips: Make) -> None:
    clips = make_clips()
    (one,) = corpus_scores(clips.select(clips.true == 1), (), np.random.default_rng(0))
    assert (one.labels, one.restricted) == (("happy",), None)
