from __future__ import annotations

from threading import Thread

import numpy as np
import pytest

from emotion_classifier.inference.asr.phrases import Utterance
from emotion_classifier.inference.asr.queue import Backlog


def utterance(number: int, *, is_final: bool) -> Utterance:
    return Utterance(number, np.zeros(10, np.float32), 16_000, 0.0, (), is_final)


def taken(backlog: Backlog) -> list[tuple[int, bool]]:
    """What is left in a backlog."""
    backlog.close()
    return [(one.id, one.is_final) for one in iter(backlog.take, None)]


def test_the_newest_partial_one_wins() -> None:
    backlog = Backlog()
    first, second = utterance(1, is_final=False), utterance(1, is_final=False)
    assert backlog.put(first) is None
    assert backlog.put(second) is None
    assert backlog.take(0.0) is second
    assert backlog.take(0.0) is None


def test_final_ones_come_first_and_in_order() -> None:
    backlog = Backlog()
    for number in (1, 2):
        backlog.put(utterance(number, is_final=False))
        backlog.put(utterance(number, is_final=True))
    backlog.put(utterance(3, is_final=False))
    assert taken(backlog) == [(1, True), (2, True), (3, False)]


def test_a_final_one_replaces_the_partial_one_of_its_phrase() -> None:
    backlog = Backlog()
    backlog.put(utterance(1, is_final=False))
    backlog.put(utterance(1, is_final=True))
    assert taken(backlog) == [(1, True)]


def test_too_many_final_ones_drop_the_oldest_and_tell() -> None:
    backlog = Backlog(maximum_finals=2)
    dropped = [backlog.put(utterance(number, is_final=True)) for number in (1, 2, 3, 4)]
    assert [one and one.id for one in dropped] == [None, None, 1, 2]
    assert taken(backlog) == [(3, True), (4, True)]


@pytest.mark.parametrize("closes", [True, False])
def test_a_thread_that_waits_is_woken(closes: bool) -> None:
    backlog = Backlog()
    found: list[Utterance | None] = []
    thread = Thread(target=lambda: found.append(backlog.take()))
    thread.start()
    if closes:
        backlog.close()
    else:
        backlog.put(utterance(1, is_final=True))
    thread.join(timeout=10)
    assert [one and one.id for one in found] == [None if closes else 1]
