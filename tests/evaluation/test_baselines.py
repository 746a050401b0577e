"""Baselines on the same clips as the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import LabelError
from emotion_classifier.evaluation.baselines import (
    Baseline,
    baselines,
    pool_folds,
    predict_by_duration,
    trivial_baselines,
)
from emotion_classifier.evaluation.predictions import LabelledPredictions

Make = Callable[..., LabelledPredictions]


def _rows(test: LabelledPredictions, train: LabelledPredictions) -> dict[str, Baseline]:
    emotions = [train.labels.names[place] for place in train.true]
    fitted = trivial_baselines(test, emotions, train.durations_seconds)
    rows = baselines(test, np.random.default_rng(0), fitted)
    return {row.score.name: row for row in rows}


def test_chance_is_one_over_the_emotions_without_interval(make_clips: Make) -> None:
    row = _rows(make_clips(), make_clips(seed=1))["chance"]
    assert row.score["uar"].value == row.score["accuracy"].value == 0.25
    assert row.score["uar"].interval is None


def test_majority_is_the_commonest_of_the_training_part(make_clips: Make) -> None:
    test, train = make_clips(), make_clips(seed=1)
    train = dataclasses.replace(train, true=np.where(train.true == 0, 2, train.true))
    test = dataclasses.replace(test, true=np.where(test.true == 2, 1, test.true))
    row = _rows(test, train)["majority"]
    assert "always sad" in row.note
    # No test clip is sad: what counts is the training part.
    assert row.score["uar"].value == row.score["accuracy"].value == 0.0


def test_duration_only_finds_emotions_that_differ_in_length(make_clips: Make) -> None:
    test, train = (
        dataclasses.replace(
            clips, durations_seconds=np.exp(clips.true + 0.05 * clips.durations_seconds)
        )
        for clips in (make_clips(), make_clips(seed=1))
    )
    assert _rows(test, train)["duration only"].score["uar"].value == 1.0


def test_duration_only_is_near_chance_where_lengths_carry_no_information(make_clips: Make) -> None:
    row = _rows(make_clips(20, 40), make_clips(20, 40, seed=1))["duration only"].score
    assert row["uar"].interval is not None
    assert row["uar"].interval.low < 0.25 < row["uar"].interval.high


def test_duration_has_a_uniform_prior_and_never_predicts_an_unseen_emotion() -> None:
    labels = LabelSet(("neutral", "happy", "sad"))
    train = np.array([0] * 50 + [1] * 5)
    durations = np.concatenate([np.full(50, 1.0), np.full(5, 4.0)])
    found = predict_by_duration(durations, train, np.array([0.0, 1.0, 3.9, 4.0, 90.0]), labels)
    assert found[[1, 2, 3]].tolist() == [0, 1, 1]
    assert 2 not in found


def test_without_training_clips_their_rows_are_left_out(make_clips: Make) -> None:
    assert trivial_baselines(make_clips(), [], np.array([])) == ()
    rows = baselines(make_clips(), np.random.default_rng(0))
    assert [row.score.name for row in rows] == ["chance"]


def test_an_unknown_training_emotion_is_named(make_clips: Make) -> None:
    with pytest.raises(LabelError, match=r"'hapy' is not one of .* did you mean 'happy'"):
        trivial_baselines(make_clips(), ["hapy"], np.array([1.0]))


def test_folds_pool_the_guesses_of_their_own_training_parts(make_clips: Make) -> None:
    clips = make_clips()
    first = np.arange(len(clips)) < 30
    folds = [
        trivial_baselines(clips.select(rows), [emotion], np.array([1.0]))
        for rows, emotion in ((first, "sad"), (~first, "happy"))
    ]
    majority, duration = pool_folds(folds)
    assert majority.predicted.tolist() == [2] * 30 + [1] * 42
    assert len(duration.predicted) == len(clips)
    assert "always sad" in majority.note and "always happy" in majority.note


def test_guesses_of_a_group_are_its_own(make_clips: Make) -> None:
    clips = make_clips()
    (_, duration) = trivial_baselines(clips, ["sad", "happy"], np.array([1.0, 4.0]))
    rows = np.array(clips.sexes) == "female"
    assert duration.select(rows).predicted.tolist() == duration.predicted[rows].tolist()


def test_chance_is_over_the_emotions_that_occur(make_clips: Make) -> None:
    (row,) = baselines(make_clips(), np.random.default_rng(0), labels=("sad", "happy"))
    assert row.score["uar"].value == 0.5


def test_listeners_stand_beside_their_corpus_and_emotions_only(make_clips: Make) -> None:
    six = ("neutral", "happy", "sad", "angry", "fearful", "disgust")
    clips = make_clips(names=six, corpus="crema_d")
    row = _rows(clips, clips)["human listeners"]
    assert row.score["accuracy"].value == 0.409
    assert np.isnan(row.score["uar"].value)
    assert "Cao" in row.note
    assert "human listeners" not in _rows(make_clips(corpus="crema_d"), make_clips())
    other = make_clips(names=six)
    assert "human listeners" not in _rows(other, other)


def test_votes_on_the_clips_themselves_replace_the_published_listeners(make_clips: Make) -> None:
    six = ("neutral", "happy", "sad", "angry", "fearful", "disgust")
    clips = make_clips(names=six, corpus="crema_d", votes=9)
    rows = _rows(clips, clips)
    assert "human listeners" not in rows
    assert rows["one listener"].score["uar"].interval is not None
    assert rows["listeners (majority)"].score.clips == len(clips)


def test_listeners_of_a_part_of_the_clips_only_are_not_compared_with_all(make_clips: Make) -> None:
    clips = make_clips(votes=9)
    assert clips.perceived is not None
    votes = clips.perceived.copy()
    votes[3] = np.nan
    rows = _rows(dataclasses.replace(clips, perceived=votes), clips)
    assert set(rows) == {"chance", "majority", "duration only"}
