"""Comparison with listeners, from votes that are counted by hand and from those of CREMA-D."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cityblock
from scipy.stats import entropy

from emotion_classifier.emotions import LabelSet
from emotion_classifier.evaluation.human_comparison import LEAST, human_comparison, listener_scores
from emotion_classifier.evaluation.predictions import LabelledPredictions

Make = Callable[..., LabelledPredictions]


@pytest.fixture
def four(make_clips: Make) -> LabelledPredictions:
    """Four clips by two speakers: perceived as intended, as another emotion, with a tie, and without votes."""
    clips = make_clips(2, 2)
    votes = [[0.6, 0.4, 0, 0], [0.9, 0.1, 0, 0], [0.1, 0.1, 0.4, 0.4], [np.nan] * 4]
    shares = [[0.7, 0.1, 0.1, 0.1], [0.1, 0.7, 0.1, 0.1], [0.1, 0.1, 0.7, 0.1], [0.25] * 4]
    return dataclasses.replace(
        clips,
        true=np.array([0, 1, 2, 3]),
        perceived=np.array(votes, np.float32),
        probabilities=np.array(shares, np.float32),
    )


def test_a_tie_counts_in_parts_and_a_listener_by_the_shares(four: LabelledPredictions) -> None:
    majority, one = listener_scores(four, np.random.default_rng(0))
    assert majority.clips == one.clips == 3
    assert majority["uar"].value == pytest.approx((1 + 0 + 0.5) / 3)
    assert one["uar"].value == pytest.approx((0.6 + 0.1 + 0.4) / 3)
    assert one["accuracy"].value == pytest.approx((0.6 + 0.1 + 0.4) / 3)


def test_the_model_is_scored_against_both_and_ties_are_counted(four: LabelledPredictions) -> None:
    found = human_comparison(four, np.random.default_rng(0))
    assert found is not None and found.majority is not None
    assert found.tied == 1
    assert (found.intended.clips, found.intended["accuracy"].value) == (3, 1.0)
    # The second clip was intended as happy, predicted as happy and perceived as neutral.
    assert (found.majority.clips, found.majority["accuracy"].value) == (2, 0.5)


def test_nearness_equals_scipy(make_clips: Make) -> None:
    clips = make_clips(votes=7)
    assert clips.perceived is not None
    found = human_comparison(clips, np.random.default_rng(0))
    assert found is not None
    model, themselves, equal = found.nearness
    votes, shares = clips.perceived.T.astype(float), clips.probabilities.T.astype(float)
    lowest = entropy(votes).mean()
    assert themselves.cross_entropy.value == pytest.approx(lowest)
    assert model.cross_entropy.value == pytest.approx(lowest + entropy(votes, shares).mean())
    assert equal.cross_entropy.value == pytest.approx(np.log(4))
    assert themselves.total_variation.value == 0.0
    apart = [cityblock(*pair) / 2 for pair in zip(votes.T, shares.T, strict=True)]
    assert model.total_variation.value == pytest.approx(np.mean(apart))
    assert model.cross_entropy.interval is not None
    low, high = model.cross_entropy.interval.low, model.cross_entropy.interval.high
    assert low < model.cross_entropy.value < high


def test_probabilities_of_zero_cost_no_infinity(four: LabelledPredictions) -> None:
    sure = np.array([[0, 0, 0, 1.0]] * 4, np.float32)
    found = human_comparison(
        dataclasses.replace(four, probabilities=sure), np.random.default_rng(0)
    )
    assert found is not None
    assert found.nearness[0].cross_entropy.value <= -np.log(LEAST)


def test_ties_are_found_in_sums_of_shares(make_clips: Make) -> None:
    # Merging adds shares: 0.1 + 0.2 is not 0.3 in binary numbers.
    clips = make_clips(1, 1)
    votes = np.array([[0.3, 0.1 + 0.2, 0.25, 0.15]], np.float32)
    votes[0, 0] = np.nextafter(votes[0, 0], np.float32(1))
    found = human_comparison(dataclasses.replace(clips, perceived=votes), np.random.default_rng(0))
    assert found is not None
    assert (found.tied, found.majority) == (1, None)


def test_without_votes_there_is_no_comparison(make_clips: Make) -> None:
    silent = make_clips(2, 4)
    nothing = np.full((8, 4), np.nan, np.float32)
    for clips in (silent, dataclasses.replace(silent, perceived=nothing)):
        assert human_comparison(clips, np.random.default_rng(0)) is None
        assert listener_scores(clips, np.random.default_rng(0)) == ()


def test_listeners_of_crema_d_reach_the_published_accuracy(shared_data: Path) -> None:
    from emotion_classifier.corpora.readers.crema_d import read_crema_d

    utterances = read_crema_d(shared_data / "crema-d").utterances
    labels = LabelSet.ordered(u.emotion for u in utterances)
    votes = np.stack([labels.distribution(u.perceived or {}) for u in utterances])
    clips = LabelledPredictions(
        labels=labels,
        ids=tuple(u.id for u in utterances),
        files=tuple(str(u.path) for u in utterances),
        corpora=tuple(u.corpus for u in utterances),
        speakers=tuple(u.speaker_id for u in utterances),
        sexes=tuple(u.sex for u in utterances),
        intensities=tuple(u.intensity for u in utterances),
        durations_seconds=np.ones(len(utterances)),
        true=labels.indices([u.emotion for u in utterances]),
        probabilities=np.full_like(votes, 1 / len(labels)),
        perceived=votes,
    )
    majority, one = listener_scores(clips, np.random.default_rng(0))
    assert clips.has_votes.all()
    # Over all 91 actors the tables give 44.6 % by majority and 40.0 % of single votes.
    assert majority["accuracy"].value == pytest.approx(0.446, abs=0.02)
    assert one["accuracy"].value == pytest.approx(0.40, abs=0.02)
