"""Intervals by speaker: they hold the truth as often as they say."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_classifier.evaluation import metrics, uncertainty
from emotion_classifier.evaluation.uncertainty import (
    Estimate,
    Interval,
    confusions_by_speaker,
    difference,
    estimate,
    resample,
)


def _counts(
    rng: np.random.Generator, speakers: int, emotions: int = 4, clips: int = 8, skill: float = 0.5
) -> npt.NDArray[np.int64]:
    """Counts of speakers whose ability varies; a wrong clip goes to the next emotion."""
    ability = rng.normal(skill, 0.8, size=(speakers, 1)) + np.linspace(-1, 1, emotions)
    right = rng.binomial(clips, 1 / (1 + np.exp(-ability)))
    counts = np.zeros((speakers, emotions, emotions), np.int64)
    places = np.arange(emotions)
    counts[:, places, places] = right
    counts[:, places, (places + 1) % emotions] = clips - right
    return counts


def _uar(by_speaker: npt.NDArray[np.int64], rng: np.random.Generator) -> Estimate:
    value = float(metrics.uar(by_speaker.sum(axis=0)))
    return estimate(value, metrics.uar(resample(by_speaker, rng)), len(by_speaker))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2), st.integers(0, 2))))
def test_counts_by_speaker_are_each_speakers_confusion(rows: list[tuple[str, int, int]]) -> None:
    speakers = [row[0] for row in rows]
    true = np.array([row[1] for row in rows], dtype=np.int64)
    predicted = np.array([row[2] for row in rows], dtype=np.int64)
    counts = confusions_by_speaker(true, predicted, speakers, 3)
    assert len(counts) == len(set(speakers))
    for one, name in zip(counts, sorted(set(speakers)), strict=True):
        rows_of = np.array([speaker == name for speaker in speakers])
        expected = metrics.confusion(true[rows_of], predicted[rows_of], 3)
        np.testing.assert_array_equal(one, expected)


def test_a_resample_draws_whole_speakers_as_many_as_there_are() -> None:
    markers = np.eye(5, dtype=np.int64).reshape(5, 5, 1)
    drawn = resample(markers, np.random.default_rng(0), resamples=4000)[..., 0]
    np.testing.assert_array_equal(drawn.sum(axis=1), 5)
    np.testing.assert_allclose(drawn.mean(axis=0), 1, atol=0.06)
    # The variance of a multinomial count: n · p · (1 - p).
    np.testing.assert_allclose(drawn.var(axis=0), 0.8, atol=0.08)


def test_the_same_seed_gives_the_same_interval() -> None:
    counts = _counts(np.random.default_rng(1), 6)
    first, second = (_uar(counts, np.random.default_rng(9)) for _ in range(2))
    assert first == second
    assert first != _uar(counts, np.random.default_rng(10))


def test_resampling_in_chunks_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = _counts(np.random.default_rng(1), 7)
    monkeypatch.setattr(uncertainty, "_DRAWS_AT_ONCE", 20)
    drawn = resample(counts, np.random.default_rng(0), resamples=11)
    assert drawn.shape == (11, 4, 4)
    np.testing.assert_array_equal(drawn.sum(axis=(1, 2)), 7 * 4 * 8)


@given(seed=st.integers(0, 10_000), speakers=st.integers(4, 30))
def test_the_interval_holds_the_estimate(seed: int, speakers: int) -> None:
    rng = np.random.default_rng(seed)
    found = _uar(_counts(rng, speakers), rng)
    assert found.interval is not None
    assert 0 <= found.interval.low <= found.value <= found.interval.high <= 1


def test_more_speakers_make_a_narrower_interval() -> None:
    rng = np.random.default_rng(0)
    widths = []
    for speakers in (6, 24, 96, 384):
        interval = _uar(_counts(rng, speakers), rng).interval
        assert interval is not None
        widths.append(interval.high - interval.low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < widths[0] / 4


def test_more_clips_of_the_same_speakers_hardly_do() -> None:
    rng = np.random.default_rng(0)
    few, many = (_uar(_counts(rng, 40, clips=clips), rng).interval for clips in (20, 2000))
    assert few is not None
    assert many is not None
    assert many.high - many.low > 0.6 * (few.high - few.low)


def test_one_speaker_or_no_value_has_no_interval() -> None:
    rng = np.random.default_rng(0)
    assert _uar(_counts(rng, 1), rng).interval is None
    nothing = estimate(float("nan"), np.full(10, np.nan), 5)
    assert np.isnan(nothing.value)
    assert nothing.interval is None


def test_resamples_without_a_value_are_left_out() -> None:
    values = np.array([0.2, np.nan, 0.2, 0.2])
    assert estimate(0.2, values, 30) == Estimate(0.2, Interval(0.2, 0.2))


@pytest.mark.parametrize(
    ("freedom", "published"),
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (7, 2.365), (23, 2.069), (10**6, 1.960)],
)
def test_t_quantile_equals_the_printed_tables(freedom: int, published: float) -> None:
    assert uncertainty._t_quantile(0.975, freedom) == pytest.approx(published, rel=2e-3)


def test_a_difference_is_surer_than_two_intervals() -> None:
    rng = np.random.default_rng(0)
    first = _counts(rng, 24)
    second = first.copy()
    # One clip more of each speaker's first emotion is right.
    wrong = second[:, 0, 1] > 0
    second[wrong, 0, 0] += 1
    second[wrong, 0, 1] -= 1
    change = difference(first, second, metrics.uar, np.random.default_rng(1))
    alone = _uar(first, np.random.default_rng(1)).interval
    assert change.value == pytest.approx(wrong.sum() / (24 * 8) / 4)
    assert change.interval is not None
    assert alone is not None
    assert change.interval.low > 0
    assert change.interval.high - change.interval.low < (alone.high - alone.low) / 4


def test_a_run_does_not_differ_from_itself() -> None:
    counts = _counts(np.random.default_rng(0), 8)
    same = difference(counts, counts, metrics.uar, np.random.default_rng(0))
    assert same == Estimate(0.0, Interval(0.0, 0.0))


@pytest.mark.slow
@pytest.mark.parametrize(("speakers", "least"), [(4, 0.84), (12, 0.91), (24, 0.92), (91, 0.92)])
def test_the_interval_covers_the_truth_at_its_nominal_rate(speakers: int, least: float) -> None:
    rng = np.random.default_rng(4)
    truth = float(metrics.uar(_counts(rng, 200_000).sum(axis=0)))
    rounds = 1000
    hits = 0
    for _ in range(rounds):
        interval = _uar(_counts(rng, speakers), rng).interval
        assert interval is not None
        hits += interval.low <= truth <= interval.high
    assert least < hits / rounds < 0.98
