"""Outcomes of paired predictions, of chance, and limits."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from emotion_classifier.evaluation.uncertainty import Estimate, Interval
from emotion_classifier.experiments.stress.conditions import Limits
from emotion_classifier.experiments.stress.paired_predictions import PairedPredictions
from emotion_classifier.experiments.stress.results import (
    ConditionResult,
    Outcome,
    StressReport,
    is_undecided,
    limits_met,
    majority_pairs,
    outcome,
    random_pairs,
    to_csv,
    to_json,
)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def sure(value: float) -> Estimate:
    return Estimate(value, Interval(value - 0.001, value + 0.001))


def result(unchanged: float, change: float, limits: Limits) -> ConditionResult:
    own = Outcome(sure(0.5), sure(change), sure(unchanged))
    random = Outcome(sure(0.25), sure(0.0), sure(0.25))
    majority = Outcome(sure(0.25), sure(0.0), Estimate(1.0, None))
    return ConditionResult("one", "group", limits, None, None, own, random, majority, 0)


def test_the_outcome_of_hand_computed_predictions() -> None:
    true, clean = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])
    changed = np.array([0, 1, 1, -1])  # the last has no prediction: wrong, and changed
    found = outcome(PairedPredictions(true, clean, changed), ["a", "a", "b", "b"], 2, rng())
    assert found.uar.value == 0.5
    assert found.change.value == -0.5
    assert found.unchanged.value == 0.5
    assert found.change.interval is not None


def test_the_change_is_paired_by_speaker() -> None:
    """Both speakers differ widely, and each loses nothing: the interval has no width."""
    true = np.tile([0, 1], 20)
    clean = np.where(np.arange(40) < 20, true, 1 - true)
    found = outcome(PairedPredictions(true, clean, clean), ["a"] * 20 + ["b"] * 20, 2, rng())
    assert found.change == Estimate(0.0, Interval(0.0, 0.0))
    assert found.uar.interval is not None and found.uar.interval.high > 0.9


def test_one_speaker_has_no_interval() -> None:
    pairs = PairedPredictions(np.array([0, 1]), np.array([0, 1]), np.array([0, 0]))
    found = outcome(pairs, ["a", "a"], 2, rng())
    assert found.uar.interval is None and found.unchanged == Estimate(0.5, None)


def test_a_random_model_keeps_as_many_as_chance() -> None:
    true = np.random.default_rng(1).integers(4, size=8000)
    found = outcome(random_pairs(true, 4, rng()), [str(n % 20) for n in range(8000)], 4, rng())
    assert found.unchanged.value == pytest.approx(0.25, abs=0.02)
    assert found.change.value == pytest.approx(0.0, abs=0.02)


def test_a_majority_model_keeps_all() -> None:
    pairs = majority_pairs(np.array([2, 2, 0]), 3)
    assert pairs.clean.tolist() == pairs.changed.tolist() == [2, 2, 2]


def test_limits_are_counted_by_value() -> None:
    rows = [
        result(0.96, -0.01, Limits(0.95, -0.05)),
        result(0.80, -0.10, Limits(0.95, -0.05)),
        result(0.10, -0.50, Limits()),
    ]
    own, random, majority = limits_met(rows)
    assert (own.unchanged, own.unchanged_limits, own.change, own.change_limits) == (1, 2, 1, 2)
    assert (random.unchanged, random.change) == (0, 2)
    assert (majority.unchanged, majority.change) == (2, 2)
    assert own.undecided == 0


def test_a_limit_within_the_interval_is_undecided() -> None:
    value = Estimate(0.94, Interval(0.90, 0.97))
    assert is_undecided(value, 0.95) and not is_undecided(value, 0.98)
    assert not is_undecided(value, 0.90)  # the whole interval keeps it
    assert not is_undecided(Estimate(0.94, None), 0.95)


def report(*conditions: ConditionResult) -> StressReport:
    return StressReport(
        title="A test",
        warnings=(),
        left_out=(),
        facts={},
        emotions=("neutral", "sad"),
        clips=4,
        speakers=2,
        clean_uar=sure(0.6),
        conditions=conditions,
        limits_met=limits_met(conditions),
        false_emotions=(),
    )


def test_json_and_csv_have_every_row() -> None:
    one = result(0.96, -0.01, Limits(0.95, None))
    other = replace(one, name="other", model=replace(one.model, change=Estimate(np.nan, None)))
    made = report(one, other)
    content = json.loads(to_json(made))
    assert content["format"] == 1
    assert content["conditions"][1]["model"]["change"]["value"] is None
    rows = list(csv.DictReader(io.StringIO(to_csv(made))))
    assert [(row["condition"], row["model"]) for row in rows] == [
        (name, model) for name in ("one", "other") for model in ("model", "random", "majority")
    ]
    assert (rows[0]["unchanged"], rows[0]["unchanged_limit"]) == ("0.96", "0.95")
    assert rows[2]["unchanged_low"] == rows[0]["change_limit"] == ""
