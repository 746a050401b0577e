"""Runs side by side on the same clips."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.comparison import compare
from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.paired_tests import smallest_p_value
from emotion_classifier.evaluation.predictions import LabelledPredictions

Make = Callable[..., LabelledPredictions]


def test_a_clearly_better_run_has_a_difference_above_zero(make_clips: Make) -> None:
    weak, strong = make_clips(12, 40, skill=0.5), make_clips(12, 40, seed=5, skill=2.0)
    compared = compare({"weak": weak, "strong": strong})
    first, second = compared.scores
    (change,) = compared.differences
    assert (change.first, change.second) == ("weak", "strong")
    assert change.estimates["uar"].value == pytest.approx(second["uar"].value - first["uar"].value)
    assert list(change.estimates) == list(METRICS)
    for one in change.estimates.values():
        assert one.interval is not None
        assert one.interval.low > 0


def test_the_order_of_clips_does_not_matter(make_clips: Make) -> None:
    clips, other = make_clips(), make_clips(seed=5)
    turned = other.select(np.arange(len(other))[::-1])
    assert compare({"a": clips, "b": turned}) == compare({"a": clips, "b": other})


def test_each_pair_is_compared_once(make_clips: Make) -> None:
    runs = {name: make_clips(seed=seed) for seed, name in enumerate("abc")}
    pairs = [(one.first, one.second) for one in compare(runs).differences]
    assert pairs == [("a", "b"), ("a", "c"), ("b", "c")]


def test_one_speaker_gives_differences_without_interval(make_clips: Make) -> None:
    (change,) = compare({"a": make_clips(1), "b": make_clips(1, seed=2)}).differences
    assert change.estimates["uar"].interval is None


def test_differences_carry_tests_corrected_over_all_pairs(make_clips: Make) -> None:
    runs = {
        "weak": make_clips(12, 40, skill=0.5),
        "strong": make_clips(12, 40, seed=5, skill=2.0),
        "as strong": make_clips(12, 40, seed=6, skill=2.0),
    }
    first, second, third = compare(runs).differences
    assert smallest_p_value(12) <= first.p_values["uar"] < 0.01
    least = min(first.p_values["uar"], second.p_values["uar"])
    assert min(one.corrected_p_values["uar"] for one in (first, second)) == pytest.approx(3 * least)
    assert second.corrected_p_values["uar"] < 0.05 < third.corrected_p_values["uar"]
    assert first.mcnemar is not None
    assert first.mcnemar.only_second > first.mcnemar.only_first
    assert first.mcnemar.p < 1e-6


def test_only_shared_clips_are_scored(make_clips: Make) -> None:
    clips, other = make_clips(), make_clips(seed=2)
    compared = compare({"a": clips.select(np.arange(60)), "b": other})
    assert compared.left_out == {"a": 0, "b": 12}
    assert [score.clips for score in compared.scores] == [60, 60]


def test_a_difference_is_worse_only_where_it_is_negative_and_significant(make_clips: Make) -> None:
    weak, strong = make_clips(12, 40, skill=0.5), make_clips(12, 40, seed=5, skill=2.0)
    (rise,) = compare({"weak": weak, "strong": strong}).differences
    (fall,) = compare({"strong": strong, "weak": weak}).differences
    (nothing,) = compare({"strong": strong, "same": strong}).differences
    assert [one.is_worse for one in (rise, fall, nothing)] == [False, True, False]


def test_runs_of_several_seeds_are_compared_by_the_mean_over_the_seeds(make_clips: Make) -> None:
    weak = [make_clips(8, 20, seed=seed, skill=0.5) for seed in (0, 1)]
    strong = [make_clips(8, 20, seed=seed, skill=1.5) for seed in (2, 3)]
    (change,) = compare({"weak": weak, "strong": strong}).differences
    by_seed = [
        compare({"weak": a, "strong": b}).differences[0] for a, b in zip(weak, strong, strict=True)
    ]
    for name in METRICS:
        each = [one.estimates[name].value for one in by_seed]
        assert change.estimates[name].value == pytest.approx(np.mean(each))
    each = [one.emotions[0].estimate.value for one in by_seed]
    assert change.emotions[0].estimate.value == pytest.approx(np.mean(each))
    assert change.p_values["uar"] == smallest_p_value(8)
    assert change.mcnemar is None and change.changed is None


def test_the_same_seed_twice_is_no_more_certain_than_once(make_clips: Make) -> None:
    first, second = make_clips(8, 20), make_clips(8, 20, seed=1)
    once = compare({"a": first, "b": second})
    twice = compare({"a": [first, first], "b": [second, second]})
    assert (once.seeds, twice.seeds) == (1, 2)
    assert once.scores == twice.scores
    for one, other in zip(once.differences, twice.differences, strict=True):
        assert one.estimates == other.estimates and one.p_values == other.p_values
        assert one.emotions == other.emotions


def test_different_numbers_of_seeds_and_single_runs_are_refused(make_clips: Make) -> None:
    clips = make_clips()
    with pytest.raises(EvaluationError, match=r"seeds \(a 2, b 1\): .*LABEL-folds"):
        compare({"a": [clips, clips], "b": clips})
    with pytest.raises(EvaluationError, match="at least two runs, got 1"):
        compare({"a": [clips, clips]})
