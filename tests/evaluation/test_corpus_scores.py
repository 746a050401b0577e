"""Each corpus by itself, over the emotions that it has."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics

from emotion_classifier.evaluation.baselines import trivial_baselines
from emotion_classifier.evaluation.calibration import reliability
from emotion_classifier.evaluation.corpus_scores import MEASURES, corpus_scores
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


def test_a_corpus_with_all_emotions_has_equal_closed_and_open_scores(make_clips: Make) -> None:
    clips = make_clips()
    (whole,) = corpus_scores(clips, (), np.random.default_rng(0))
    assert whole.restricted is None and tuple(whole.measures) == tuple(MEASURES)
    assert whole.measures["closed_set_uar"] == whole.measures["open_set_uar"]
    (part,) = corpus_scores(clips.select(clips.true > 0), (), np.random.default_rng(0))
    assert part.restricted is not None
    assert part.measures["closed_set_uar"] == part.restricted["uar"]
    assert np.isnan(part.measures["open_set_neutral_recall"].value)


def test_neutral_recall_and_calibration_are_measured(mixed: LabelledPredictions) -> None:
    few, _ = corpus_scores(mixed, (), np.random.default_rng(0))
    own = mixed.select(np.array(mixed.corpora) == "few")
    neutral = own.true == 0
    closed = own.probabilities[:, :2].argmax(axis=1)
    found = {name: one.value for name, one in few.measures.items()}
    assert found["open_set_neutral_recall"] == pytest.approx(own.correct[neutral].mean())
    assert found["closed_set_neutral_recall"] == pytest.approx((closed == 0)[neutral].mean())
    bins = reliability(own.confidence, own.correct, own.speakers, np.random.default_rng(0))
    assert found["calibration_error"] == pytest.approx(bins.error)
    assert few.measures["open_set_neutral_recall"].interval is not None


def test_a_corpus_of_one_emotion_has_no_closed_set(make_clips: Make) -> None:
    clips = make_clips()
    (one,) = corpus_scores(clips.select(clips.true == 0), (), np.random.default_rng(0))
    assert (one.labels, one.restricted) == (("neutral",), None)
    assert np.isnan(one.measures["closed_set_uar"].value)
    assert one.measures["open_set_neutral_recall"].value == one.overall["uar"].value
