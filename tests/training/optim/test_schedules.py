from __future__ import annotations

import math

import pytest

from emotion_classifier.training.optim.schedules import Cosine, CosineConfig, Plateau, PlateauConfig


def test_cosine_warms_up_and_falls_to_zero() -> None:
    schedule = CosineConfig(warmup_epochs=2.0).build(10)
    steps = [schedule.factor(step / 10) for step in range(101)]
    assert 0.0 < steps[0] < 0.01
    peak = steps.index(max(steps))
    assert 1.0 < peak / 10 <= 2.1
    assert steps[:peak] == sorted(steps[:peak])
    assert steps[peak:] == sorted(steps[peak:], reverse=True)
    assert steps[50] == pytest.approx(0.5)
    assert steps[-1] == pytest.approx(0.0, abs=1e-12)


def test_cosine_without_warm_up_starts_at_the_top() -> None:
    assert Cosine(7, warmup_epochs=0.0).factor(0.0) == 1.0


def test_cosine_with_a_warm_up_longer_than_training_stays_finite() -> None:
    assert all(0.0 <= Cosine(1, warmup_epochs=5.0).factor(p / 10) <= 0.21 for p in range(11))


def test_cosine_has_no_state() -> None:
    schedule = Cosine(5, warmup_epochs=2.0)
    schedule.end_epoch(0.3)
    schedule.load_state_dict({})
    assert schedule.state_dict() == {}


def after(scores: list[float], schedule: Plateau) -> list[float]:
    """The factor after each epoch with these validation scores."""
    factors = []
    for score in scores:
        schedule.end_epoch(score)
        factors.append(schedule.factor(0.0))
    return factors


def test_plateau_falls_when_more_than_patience_epochs_are_no_better() -> None:
    schedule = PlateauConfig(factor=0.1, patience=1).build(100)
    assert schedule.factor(0.0) == 1.0
    factors = after([0.5, 0.5, 0.4, 0.3, 0.2, 0.6, 0.6], schedule)
    assert factors == pytest.approx([1.0, 1.0, 0.1, 0.1, 0.01, 0.01, 0.01])


def test_plateau_counts_scores_that_are_no_number_as_worse() -> None:
    assert after(
        [0.5, -math.inf, -math.inf], Plateau(decay=0.5, patience=0, warmup_epochs=0.0)
    ) == [1.0, 0.5, 0.25]


def test_plateau_resumes_from_its_state() -> None:
    scores = [0.5, 0.4, 0.3, 0.6, 0.1, 0.1, 0.1]
    whole = after(scores, Plateau(decay=0.5, patience=1, warmup_epochs=0.0))
    first = Plateau(decay=0.5, patience=1, warmup_epochs=0.0)
    begun = after(scores[:3], first)
    second = Plateau(decay=0.5, patience=1, warmup_epochs=0.0)
    second.load_state_dict(first.state_dict())
    assert begun + after(scores[3:], second) == whole


def test_plateau_can_warm_up() -> None:
    schedule = PlateauConfig(factor=0.5, patience=0, warmup_epochs=2.0).build(100)
    assert schedule.factor(0.0) == pytest.approx(0.005)
    assert schedule.factor(1.0) == pytest.approx(0.505)
    schedule.end_epoch(0.5)
    schedule.end_epoch(0.4)
    assert schedule.factor(5.0) == 0.5
