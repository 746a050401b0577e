from __future__ import annotations

from threading import Thread

import numpy as np
import pytest

from emotion_classifier.inference.asr.phrases import Phrase
from emotion_classifier.inference.asr.queue import RecognitionQueue


def phrase(number: int, *, is_final: bool) -> Phrase:
    return Phrase(number, np.zeros(10, np.float32), 16_000, 0.0, (), is_final)


def taken(queue: RecognitionQueue) -> list[tuple[int, bool]]:
    """Phrases left in a queue."""
    queue.close()
    return [(one.id, one.is_final) for one in iter(queue.take, None)]


def test_only_the_newest_partial_phrase_is_kept() -> None:
    queue = RecognitionQueue()
    first, second = phrase(1, is_final=False), phrase(1, is_final=False)
    assert queue.put(first) is None
    assert queue.put(second) is None
    assert queue.take(0.0) is second
    assert queue.take(0.0) is None


def test_final_phrases_come_first_and_in_order() -> None:
    queue = RecognitionQueue()
    for number in (1, 2):
        queue.put(phrase(number, is_final=False))
        queue.put(phrase(number, is_final=True))
    queue.put(phrase(3, is_final=False))
    assert taken(queue) == [(1, True), (2, True), (3, False)]


def test_a_final_phrase_replaces_its_partial_one() -> None:
    queue = RecognitionQueue()
    queue.put(phrase(1, is_final=False))
    queue.put(phrase(1, is_final=True))
    assert taken(queue) == [(1, True)]


def test_too_many_final_phrases_drop_and_return_the_oldest() -> None:
    queue = RecognitionQueue(maximum_finals=2)
    dropped = [queue.put(phrase(number, is_final=True)) for number in (1, 2, 3, 4)]
    assert [one and one.id for one in dropped] == [None, None, 1, 2]
    assert taken(queue) == [(3, True), (4, True)]


@pytest.mark.parametrize("closes", [True, False])
def test_a_thread_that_waits_is_woken(closes: bool) -> None:
    queue = RecognitionQueue()
    found: list[Phrase | None] = []
    thread = Thread(target=lambda: found.append(queue.take()))
    thread.start()
    if closes:
        queue.close()
    else:
        queue.put(phrase(1, is_final=True))
    thread.join(timeout=10)
    assert [one and one.id for one in found] == [None if closes else 1]
