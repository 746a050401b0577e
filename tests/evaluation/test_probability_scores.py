"""Quality of probabilities: against scikit-learn, hand-computed values and known temperatures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import sklearn.metrics

from emotion_classifier.evaluation.calibration import (
    calibration_error,
    equal_mass_bins,
    equal_width_bins,
)
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.probability_scores import (
    brier_scores,
    corpus_temperatures,
    negative_log_likelihoods,
    probability_scores,
    temperature_effect,
)

Make = Callable[..., LabelledPredictions]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_nll_and_brier_score_equal_those_of_scikit_learn(
    make_clips: Make, rng: np.random.Generator
) -> None:
    clips = make_clips(12, 30)
    found = probability_scores(clips, rng)
    shares = clips.probabilities.astype(np.float64)
    shares /= shares.sum(axis=1, keepdims=True)
    classes = np.arange(4)
    assert found.nll.value == pytest.approx(
        sklearn.metrics.log_loss(clips.true, shares, labels=classes)
    )
    one_hot = np.eye(4)[clips.true]
    expected = sum(sklearn.metrics.brier_score_loss(one_hot[:, k], shares[:, k]) for k in classes)
    assert found.brier.value == pytest.approx(expected)
    for one in (found.nll, found.brier, found.equal_width_ece, found.equal_mass_ece):
        assert one.interval is not None
        assert one.interval.low < one.value < one.interval.high


def test_hand_computed_scores(make_clips: Make) -> None:
    clips = make_clips(1, 2, names=("a", "b"))
    shares = np.array([[0.8, 0.2], [0.0, 1.0]], np.float32)
    clips = replace(clips, true=np.array([0, 0]), probabilities=shares)
    smallest = np.finfo(np.float32).eps
    np.testing.assert_allclose(
        negative_log_likelihoods(clips), [-np.log(0.8), -np.log(smallest)], rtol=1e-6
    )
    np.testing.assert_allclose(brier_scores(clips), [0.08, 2.0], rtol=1e-6)


def test_a_single_speaker_has_values_without_intervals(
    make_clips: Make, rng: np.random.Generator
) -> None:
    found = probability_scores(make_clips(1, 20), rng)
    assert found.nll.interval is None and found.equal_mass_ece.interval is None
    assert found.equal_mass_ece.value >= 0


def test_bins_of_equal_mass_hold_as_many_clips(rng: np.random.Generator) -> None:
    counts = np.bincount(equal_mass_bins(rng.random(100), 15), minlength=15)
    assert set(counts.tolist()) == {6, 7}
    ordered = rng.permutation(np.arange(60) / 60)
    assert equal_mass_bins(ordered, 3).tolist() == (ordered * 3 + 1e-9).astype(int).tolist()


def test_equal_confidences_share_a_bin() -> None:
    confidence = np.array([0.9, 0.2, 0.9, 0.9])
    bins = equal_mass_bins(confidence, 4)
    assert bins.tolist() == [1, 0, 1, 1]
    assert equal_mass_bins(np.zeros(0), 4).tolist() == []


def test_both_calibration_errors_equal_the_formula(
    make_clips: Make, rng: np.random.Generator
) -> None:
    """The formula of netcal's ECE: for each bin, its share times |accuracy - confidence|."""
    clips = make_clips(8, 40)
    found = probability_scores(clips, rng)
    for bins, value in (
        (equal_width_bins(clips.confidence), found.equal_width_ece.value),
        (equal_mass_bins(clips.confidence), found.equal_mass_ece.value),
    ):
        expected = 0.0
        for number in set(bins.tolist()):
            inside = bins == number
            gap = clips.correct[inside].mean() - clips.confidence[inside].mean()
            expected += inside.mean() * abs(gap)
        assert value == pytest.approx(expected, abs=1e-6)
    assert found.equal_width_ece.value == pytest.approx(
        calibration_error(clips.confidence, clips.correct), abs=1e-6
    )


def test_the_probabilities_before_a_temperature_are_those_of_the_logits(
    rng: np.random.Generator, make_clips: Make
) -> None:
    logits = 3 * rng.normal(size=(24, 4))

    def shares(temperature: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        powers = np.exp(logits / temperature)
        found: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = powers / powers.sum(
            axis=1, keepdims=True
        )
        return found

    clips = replace(make_clips(4, 6), probabilities=shares(2.5).astype(np.float32))
    effect = temperature_effect(clips, 2.5, rng)
    raw = replace(clips, probabilities=shares(1.0).astype(np.float32))
    assert effect.before.nll.value == pytest.approx(negative_log_likelihoods(raw).mean(), rel=1e-5)
    assert effect.temperature == 2.5
    assert effect.reliability.counts.sum() == 24
    np.testing.assert_allclose(
        clips.with_temperature(np.full(24, 2.5), 1.0).probabilities, shares(1.0), rtol=1e-4
    )


def test_probabilities_near_zero_survive_a_low_temperature(make_clips: Make) -> None:
    clips = make_clips(1, 1, names=("a", "b"))
    clips = replace(clips, probabilities=np.array([[1e-30, 2e-30]], np.float32))
    found = clips.with_temperature(20.0, 0.05).probabilities
    assert np.isfinite(found).all() and found[0, 1] == pytest.approx(1.0)


def test_each_corpus_is_scored_with_its_own_temperature(
    make_clips: Make, rng: np.random.Generator
) -> None:
    well, flat = make_clips(6, 30, corpus="well"), make_clips(6, 30, corpus="flat", seed=1)
    clips = concatenate([well, flat.with_temperature(1.0, 4.0)])
    own = np.repeat([1.0, 0.25], 180)
    found = corpus_temperatures(clips, 1.0, own, rng)
    assert [(one.corpus, one.clips, one.temperature) for one in found] == [
        ("flat", 180, 0.25),
        ("well", 180, 1.0),
    ]
    worse, same = found
    assert worse.nll_change.value < 0 and same.nll_change.value == pytest.approx(0, abs=1e-7)
    assert worse.own.nll.value == pytest.approx(negative_log_likelihoods(flat).mean(), rel=1e-4)
    assert worse.nll_change.value == pytest.approx(
        worse.own.nll.value - worse.single.nll.value, abs=1e-9
    )


def test_clips_of_a_corpus_without_a_temperature_are_left_out(
    make_clips: Make, rng: np.random.Generator
) -> None:
    clips = make_clips(2, 4)
    assert corpus_temperatures(clips, 1.0, np.full(8, np.nan), rng) == ()
