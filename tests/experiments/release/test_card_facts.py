from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion_classifier.emotions import LabelSet
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.experiments.release.card_facts import (
    calibration_facts,
    group_facts,
    left_out_facts,
    score_facts,
    speaker_facts,
)


@pytest.fixture
def pooled() -> LabelledPredictions:
    """Two corpora of two speakers; `small` has no neutral clip; all right but for one neutral clip."""
    true = np.array([0, 1, 2, 0, 1, 2, 1, 2, 1, 2])
    answers = np.array([1, 1, 2, 0, 1, 2, 1, 2, 1, 2])
    probabilities = np.full((10, 3), 0.1, np.float32)
    probabilities[np.arange(10), answers] = 0.8
    probabilities[0] = (0.3, 0.4, 0.3)
    corpora = ("large",) * 6 + ("small",) * 4
    return LabelledPredictions(
        labels=LabelSet(("neutral", "happy", "sad")),
        ids=tuple(map(str, range(10))),
        files=tuple(map(str, range(10))),
        corpora=corpora,
        speakers=tuple(f"{c}/{n % 2}" for n, c in enumerate(corpora)),
        sexes=("female", "male") * 3 + (None,) * 4,
        intensities=(None,) * 10,
        durations_seconds=np.ones(10),
        true=true,
        probabilities=probabilities,
    )


def test_each_corpus_has_its_score_and_one_restricted_to_its_emotions(
    pooled: LabelledPredictions,
) -> None:
    large, small, restricted = score_facts(pooled, seed=0)
    assert (large.name, large.clips, large.speakers) == ("large", 6, 2)
    assert large.uar == pytest.approx((0.5 + 1 + 1) / 3)
    assert (small.name, small.uar) == ("small", 1.0)
    assert restricted.name == "small, restricted to its 2 emotions"


def test_groups_are_scored_within_their_corpus(pooled: LabelledPredictions) -> None:
    found = {(one.by, one.name): one.uar for one in group_facts(pooled, seed=0)}
    assert found == {
        ("sex", "large: female"): pytest.approx(2 / 3),
        ("sex", "large: male"): 1.0,
    }


def test_attributes_of_speakers_are_groups_too(pooled: LabelledPredictions) -> None:
    ages = ("34", "61") * 3 + (None,) * 4
    aged = replace(pooled, speaker_attributes={"age": ages})
    found = [(one.by, one.name) for one in group_facts(aged, seed=0)]
    assert found[2:] == [("age group", "large: 30 to 39"), ("age group", "large: 60 and over")]


def test_calibration_has_coverage_and_accuracy_above_the_threshold(
    pooled: LabelledPredictions,
) -> None:
    facts = calibration_facts(pooled, uncertain_below=0.5)
    assert (facts["coverage"], facts["accuracy_when_sure"]) == (0.9, 1.0)
    assert calibration_facts(pooled, uncertain_below=1.0)["accuracy_when_sure"] is None


def test_neutral_recall_and_calibration_error_are_those_of_each_corpus(
    pooled: LabelledPredictions,
) -> None:
    large, small, restricted = score_facts(pooled, seed=0)
    assert large.neutral_recall is not None and large.neutral_recall.value == 0.5
    assert small.neutral_recall is restricted.neutral_recall is None
    assert large.calibration_error == pytest.approx((5 * 0.2 + 0.4) / 6)
    assert small.calibration_error == pytest.approx(0.2)
    assert restricted.calibration_error == pytest.approx(1 - 0.8 / 0.9)


def test_a_corpus_of_all_emotions_has_a_single_score(pooled: LabelledPredictions) -> None:
    large = pooled.select(np.arange(6))
    (row,) = left_out_facts(large, {"large": "German"}, seed=0)
    assert (row.name, row.language, row.clips) == ("large", "German", 6)
    assert row.uar == pytest.approx((0.5 + 1 + 1) / 3)


def test_the_language_is_that_of_the_corpus_in_every_row(pooled: LabelledPredictions) -> None:
    rows = left_out_facts(pooled, {"large": "German", "small": None}, seed=0)
    assert [row.language for row in rows] == ["German", None, None]


def test_speakers_of_a_corpus_have_a_lowest_median_and_highest_score(
    pooled: LabelledPredictions,
) -> None:
    large, small = speaker_facts(pooled)
    assert (large.corpus, large.speakers) == ("large", 2)
    assert large.lowest == pytest.approx(2 / 3) and large.highest == 1.0
    assert large.median == pytest.approx(5 / 6)
    assert small.lowest == 1.0
