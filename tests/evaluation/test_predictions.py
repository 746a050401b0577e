"""Scored clips: consistent columns, selections, and folds put together."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate

Make = Callable[..., LabelledPredictions]


def test_prediction_is_the_most_probable_emotion_and_the_first_of_equal_ones(
    make_clips: Make,
) -> None:
    clips = make_clips(1, 3)
    shares = np.array([[0.1, 0.6, 0.2, 0.1], [0.4, 0.1, 0.1, 0.4], [0, 0, 0, 1]], np.float32)
    clips = dataclasses.replace(clips, probabilities=shares, true=np.array([1, 3, 3]))
    assert clips.predicted.tolist() == [1, 0, 3]
    assert clips.correct.tolist() == [True, False, True]
    np.testing.assert_array_equal(clips.confidence, np.array([0.6, 0.4, 1], np.float32))


def test_selection_keeps_rows_together(make_clips: Make) -> None:
    clips = make_clips()
    chosen = clips.select(np.array([5, 2]))
    assert chosen.ids == (clips.ids[5], clips.ids[2])
    assert chosen.speakers == (clips.speakers[5], clips.speakers[2])
    np.testing.assert_array_equal(chosen.probabilities, clips.probabilities[[5, 2]])
    assert len(clips.select(clips.correct)) == clips.correct.sum()


def test_concatenated_folds_equal_the_whole(make_clips: Make) -> None:
    clips = make_clips()
    first = np.arange(len(clips)) < 30
    whole = concatenate([clips.select(first), clips.select(~first)])
    assert whole.ids == clips.ids
    assert whole.sexes == clips.sexes
    np.testing.assert_array_equal(whole.true, clips.true)
    np.testing.assert_array_equal(whole.probabilities, clips.probabilities)


def test_folds_that_share_a_clip_are_refused(make_clips: Make) -> None:
    clips = make_clips()
    with pytest.raises(EvaluationError, match=r"1 clips are scored more than once, first toy/0-3"):
        concatenate([clips, clips.select(np.array([3]))])


def test_folds_of_other_emotions_or_none_are_refused(make_clips: Make) -> None:
    other = make_clips(names=("neutral", "happy", "sad", "bored"), corpus="other")
    with pytest.raises(EvaluationError, match="emotions differ: neutral, happy, sad, angry and"):
        concatenate([make_clips(), other])
    with pytest.raises(EvaluationError, match="at least one"):
        concatenate([])


def test_a_diverged_model_is_named_with_its_clip(make_clips: Make) -> None:
    clips = make_clips(2, 4)
    shares = clips.probabilities.copy()
    shares[3, 1] = np.nan
    with pytest.raises(EvaluationError, match=r"1 of 8 clips .* first toy/0-3: the model has div"):
        dataclasses.replace(clips, probabilities=shares)


def test_columns_that_do_not_fit_are_refused(make_clips: Make) -> None:
    clips = make_clips(2, 4)
    with pytest.raises(EvaluationError, match="7 speakers for 8 clips"):
        dataclasses.replace(clips, speakers=clips.speakers[1:])
    with pytest.raises(EvaluationError, match="one column an emotion"):
        dataclasses.replace(clips, labels=LabelSet(("happy", "sad")))
    for wrong in (-1, 4):
        with pytest.raises(EvaluationError, match="outside 0 to 3"):
            dataclasses.replace(clips, true=np.full(8, wrong))


def test_votes_are_shares_or_absent(make_clips: Make) -> None:
    clips = make_clips(2, 4, votes=5)
    assert clips.perceived is not None and clips.has_votes.all()
    assert not make_clips(2, 4).has_votes.any()
    partly = clips.perceived.copy()
    partly[2] = np.nan
    known = dataclasses.replace(clips, perceived=partly)
    assert known.has_votes.tolist() == [True, True, False, True, True, True, True, True]
    assert known.select(np.array([2, 3])).has_votes.tolist() == [False, True]
    for wrong in (clips.perceived * 2, -clips.perceived, np.where(partly > 0, partly, np.nan)):
        with pytest.raises(EvaluationError, match="shares that sum to one"):
            dataclasses.replace(clips, perceived=wrong)
    with pytest.raises(EvaluationError, match=r"votes of shape \(8, 3\)"):
        dataclasses.replace(clips, perceived=clips.perceived[:, :3])


def test_folds_with_and_without_votes_are_put_together(make_clips: Make) -> None:
    silent, voiced = make_clips(2, 4), make_clips(2, 4, corpus="other", votes=5)
    together = concatenate([silent, voiced])
    assert together.has_votes.tolist() == [False] * 8 + [True] * 8
    assert concatenate([silent]).perceived is None


def test_restricted_is_the_prediction_among_the_known_emotions(make_clips: Make) -> None:
    clips = make_clips(votes=5)
    few = clips.restricted_to(("sad", "happy"))
    assert few.labels.names == ("sad", "happy")
    assert few.ids == tuple(np.array(clips.ids)[np.isin(clips.true, [1, 2])])
    kept = clips.select(np.isin(clips.true, [1, 2]))
    assert few.true.tolist() == [{2: 0, 1: 1}[place] for place in kept.true]
    two = kept.probabilities[:, [2, 1]]
    np.testing.assert_allclose(few.probabilities, two / two.sum(axis=1, keepdims=True))
    assert few.perceived is not None
    np.testing.assert_allclose(few.perceived[few.has_votes].sum(axis=1), 1.0, rtol=1e-6)


def test_restricted_is_defined_where_nothing_is_left(make_clips: Make) -> None:
    clips = make_clips(1, 2, votes=5)
    sure = np.array([[0, 0, 0, 1], [0, 0, 0, 1]], np.float32)
    few = dataclasses.replace(clips, probabilities=sure, perceived=sure).restricted_to(
        ("neutral", "happy")
    )
    assert few.probabilities.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert not few.has_votes.any()


def test_predictions_with_another_temperature_are_those_of_the_logits(make_clips: Make) -> None:
    clips = make_clips()
    logits = np.log(clips.probabilities)
    found = clips.with_temperature(1.5, 3.0)
    expected = np.exp(logits * 1.5 / 3.0)
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.probabilities, expected, atol=1e-6)
    assert (found.predicted == clips.predicted).all()


def test_attributes_of_speakers_stay_with_their_clips(make_clips: Make) -> None:
    clips = make_clips(2, 2)
    aged = dataclasses.replace(clips, speaker_attributes={"age": ("34", "34", "61", "61")})
    assert aged.select(np.array([3, 0])).speaker_attributes == {"age": ("61", "34")}
    joined = concatenate([make_clips(1, 1, corpus="other"), aged])
    assert joined.speaker_attributes == {"age": (None, "34", "34", "61", "61")}
    with pytest.raises(EvaluationError, match="1 values of age for 4 clips"):
        dataclasses.replace(clips, speaker_attributes={"age": ("34",)})
