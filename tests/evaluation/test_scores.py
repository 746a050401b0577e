"""Scores of groups, speakers and emotions."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics

from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.scores import emotion_scores, group_scores, score, speaker_scores

Make = Callable[..., LabelledPredictions]


def test_each_group_is_scored_by_itself(make_clips: Make) -> None:
    clips = make_clips(6, 12)
    female, male = group_scores(clips, clips.sexes, np.random.default_rng(0))
    assert (female.name, male.name) == ("female", "male")
    assert female.clips + male.clips == len(clips)
    assert female.speakers == male.speakers == 3
    rows = np.array(clips.sexes) == "female"
    assert female["accuracy"].value == clips.correct[rows].mean()


def test_clips_without_a_key_are_a_group_and_come_last(make_clips: Make) -> None:
    clips = make_clips(2, 4)
    keys = [None, "weak", "zeal", None, None, "weak", "zeal", None]
    rows = group_scores(clips, keys, np.random.default_rng(0))
    assert [(row.name, row.clips) for row in rows] == [("weak", 2), ("zeal", 2), ("unknown", 4)]


def test_a_group_of_one_speaker_has_no_interval(make_clips: Make) -> None:
    clips = make_clips(3, 4)
    keys = ["one" if speaker == "toy/0" else "two" for speaker in clips.speakers]
    one, two = group_scores(clips, keys, np.random.default_rng(0))
    assert one["uar"].interval is None
    assert two["uar"].interval is not None


def test_each_speaker_is_scored_as_a_group_would_be(make_clips: Make) -> None:
    clips = make_clips(5, 8)
    speakers = speaker_scores(clips)
    groups = group_scores(clips, clips.speakers, np.random.default_rng(0))
    assert speakers == groups


def test_emotions_equal_scikit_learn(make_clips: Make) -> None:
    clips = make_clips(5, 8)
    rows = emotion_scores(clips, np.random.default_rng(0))
    expected = metrics.precision_recall_fscore_support(clips.true, clips.predicted)
    for row, *values in zip(rows, *expected, strict=True):
        found = (row.precision.value, row.recall.value, row.f1.value, row.clips)
        assert found == pytest.approx(tuple(values))
        assert row.recall.interval is not None
        assert row.recall.interval.low <= row.recall.value <= row.recall.interval.high
    assert sum(row.predicted for row in rows) == len(clips)


def test_an_emotion_of_one_speaker_has_no_recall_interval(make_clips: Make) -> None:
    clips = make_clips(3, 8)
    first = np.array([speaker == "toy/0" for speaker in clips.speakers])
    clips = dataclasses.replace(clips, true=np.where(first, 3, clips.true % 3))
    *_, last = emotion_scores(clips, np.random.default_rng(0))
    assert last.clips == 8
    assert last.recall.interval is None
    assert last.precision.interval is not None


def test_an_absent_emotion_keeps_its_row(make_clips: Make) -> None:
    clips = make_clips(3, 8)
    clips = dataclasses.replace(clips, true=clips.true % 3)
    *_, last = emotion_scores(clips, np.random.default_rng(0))
    assert last.clips == 0
    assert np.isnan(last.recall.value)
    assert last.recall.interval is None


def test_a_score_counts_clips_and_speakers(make_clips: Make) -> None:
    clips = make_clips(6, 12)
    row = score("ours", clips, np.random.default_rng(0))
    assert (row.name, row.clips, row.speakers) == ("ours", 72, 6)
    assert row["accuracy"].value == clips.correct.mean()
    for one in (row[name] for name in METRICS):
        assert one.interval is not None
        assert one.interval.low < one.value < one.interval.high


def test_other_predictions_for_the_same_clips_can_be_scored(make_clips: Make) -> None:
    clips = make_clips()
    row = score("perfect", clips, np.random.default_rng(0), predicted=clips.true)
    assert row["uar"].value == row["accuracy"].value == row["macro_f1"].value == 1.0
