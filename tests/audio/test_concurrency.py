"""Order, laziness and stopping early."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from emotion_classifier.audio.concurrency import map_in_order


def test_results_come_in_the_order_of_the_items() -> None:
    def slow_at_first(number: int) -> int:
        time.sleep(0.02 if number % 5 == 0 else 0.0)
        return number**2

    assert list(map_in_order(slow_at_first, range(50), workers=4)) == [n**2 for n in range(50)]


def test_several_items_are_computed_at_the_same_time() -> None:
    both_there = threading.Barrier(2, timeout=10)
    waited = map_in_order(lambda _: both_there.wait() >= 0, range(2), workers=2)
    assert list(waited) == [True, True]


def test_items_are_taken_on_demand() -> None:
    drawn = 0

    def endless() -> Iterator[int]:
        nonlocal drawn
        while True:
            drawn += 1
            yield drawn

    results = map_in_order(str, endless(), workers=2)
    for _ in range(1000):
        next(results)
    assert drawn < 1100
    results.close()


def test_a_reader_that_stops_early_leaves_nothing_computing() -> None:
    done: list[int] = []
    results = map_in_order(done.append, range(10_000), workers=2)
    next(results)
    results.close()
    assert len(done) < 100


def test_an_exception_reaches_the_reader() -> None:
    results = map_in_order(lambda n: 1 // n, [1, 0, 1], workers=1)
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
