"""Groups of speakers: their keys, and differences against those of an unbiased model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from emotion_classifier.evaluation.groups import age_group, group_differences, group_keys
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.scores import group_scores

Make = Callable[..., LabelledPredictions]


def _with_races(
    clips: LabelledPredictions, race: Callable[[int], str | None]
) -> LabelledPredictions:
    """The clips with the race of each speaker from the speaker's number."""
    races = tuple(race(int(name.partition("/")[2])) for name in clips.speakers)
    return dataclasses.replace(clips, speaker_attributes={"race": races})


def _always_neutral(clips: LabelledPredictions, rows: npt.NDArray[np.bool_]) -> LabelledPredictions:
    shares = clips.probabilities.copy()
    shares[rows] = np.array([1, 0, 0, 0], np.float32)
    return dataclasses.replace(clips, probabilities=shares)


def test_keys_of_all_groupings(make_clips: Make) -> None:
    clips = make_clips(2, 2)
    ages = {"age": ("34", "34", "61", "61"), "race": ("a", "a", None, None)}
    keys = group_keys(dataclasses.replace(clips, speaker_attributes=ages))
    assert list(keys) == ["corpus", "sex", "intensity", "age group", "race"]
    assert keys["age group"] == ("30 to 39", "30 to 39", "60 and over", "60 and over")
    assert keys["race"] == ("a", "a", None, None)
    assert list(group_keys(clips)) == ["corpus", "sex", "intensity"]


@pytest.mark.parametrize(
    ("age", "group"),
    [("20", "20 to 29"), ("59.5", "50 to 59"), ("n/a", None), (None, None), ("inf", None)],
)
def test_age_groups(age: str | None, group: str | None) -> None:
    assert age_group(age) == group


def test_a_biased_model_is_above_the_limit(make_clips: Make) -> None:
    clips = make_clips(20, 20, skill=2.5)
    biased = _always_neutral(clips, np.array([sex == "male" for sex in clips.sexes]))
    uar, recall, precision = group_differences(biased, np.random.default_rng(0))
    assert (uar.by, uar.measure, uar.emotion) == ("sex", "uar", None)
    assert (uar.lowest, uar.highest) == ("male", "female")
    female, male = group_scores(biased, biased.sexes, np.random.default_rng(0))
    assert uar.value == pytest.approx(female["uar"].value - male["uar"].value)
    assert uar.limit_95 < uar.limit_99 < uar.value
    assert uar.p_value == pytest.approx(1 / 2001)
    assert uar.corrected_p_value == pytest.approx(3 * uar.p_value)
    assert recall.emotion in ("happy", "sad", "angry") and recall.value > recall.limit_99
    assert precision.measure == "precision"


def test_an_unbiased_model_is_rarely_above_the_limit(make_clips: Make) -> None:
    found = [
        group_differences(make_clips(10, 12, seed=seed), np.random.default_rng(seed))[0]
        for seed in range(60)
    ]
    above = sum(one.value > one.limit_95 for one in found)
    assert above <= 8
    assert 0.3 < np.mean([one.p_value for one in found]) < 0.7


def test_smaller_groups_have_a_higher_limit(make_clips: Make) -> None:
    small, large = (
        group_differences(make_clips(speakers, 12), np.random.default_rng(0))[0].limit_95
        for speakers in (12, 120)
    )
    assert small > 2 * large


def test_speakers_are_exchanged_within_their_corpus(make_clips: Make) -> None:
    # All of one corpus are of one race and predicted worse: the corpora differ, not the races.
    good, bad = make_clips(8, 12, skill=3.0), make_clips(8, 12, corpus="other", skill=0.0)
    clips = concatenate([_with_races(good, lambda _: "a"), _with_races(bad, lambda _: "b")])
    race = [one for one in group_differences(clips, np.random.default_rng(0)) if one.by == "race"]
    assert race[0].value > 0.3
    assert race[0].p_value == 1


def test_groups_of_one_speaker_and_unknown_ones_are_not_compared(make_clips: Make) -> None:
    clips = _with_races(make_clips(6, 12), lambda number: "a" if number else "b")
    assert {one.by for one in group_differences(clips, np.random.default_rng(0))} == {"sex"}
    unknown = _with_races(make_clips(6, 12), lambda number: None if number < 3 else "a")
    assert {one.by for one in group_differences(unknown, np.random.default_rng(0))} == {"sex"}


def test_no_groups_have_no_differences(make_clips: Make) -> None:
    clips = make_clips(6, 12)
    nobody = dataclasses.replace(clips, sexes=(None,) * len(clips))
    assert group_differences(nobody, np.random.default_rng(0)) == ()


def test_an_emotion_that_is_never_predicted_has_no_precision(make_clips: Make) -> None:
    clips = make_clips(6, 12)
    neutral = _always_neutral(clips, np.ones(len(clips), dtype=bool))
    _, recall, precision = group_differences(neutral, np.random.default_rng(0))
    assert (recall.value, precision.emotion) == (0.0, "neutral")
