"""The check that goes on while listening."""

from __future__ import annotations

import numpy as np

from emotion_classifier.inference.live.level_watch import LevelWatch

RATE = 16_000


def test_a_fault_is_told_when_it_begins_and_when_it_ends() -> None:
    watch = LevelWatch(RATE)
    generator = np.random.default_rng(0)
    told: list[tuple[str, float]] = []
    for second in range(43):
        is_muted = 13 <= second < 33
        level = 0.0 if is_muted else 0.01 * (1 + 99 * (second % 2))
        samples = np.clip(level * generator.normal(size=(1, RATE)), -0.9, 0.9).astype(np.float32)
        told += [(notice.code, notice.seconds) for notice in watch.feed(samples, second + 1.0)]
    assert told == [("silent", 23.0), ("level-ok", 43.0)]


def test_the_first_seconds_are_judged_early() -> None:
    watch = LevelWatch(RATE)
    silence = np.zeros((2, RATE), np.float32)
    assert watch.feed(silence, 1.0) == watch.feed(silence, 2.0) == []
    (notice,) = watch.feed(silence, 3.0)
    assert (notice.code, notice.seconds) == ("silent", 3.0)
