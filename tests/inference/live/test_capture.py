"""The queue between capture and processing."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.inference.events import NoticeEvent
from emotion_classifier.inference.live.capture import (
    AudioQueue,
    LostAudio,
    QueuedAudio,
    QueueItem,
)

RATE = 8_000


def audio(start_seconds: float, samples: int = RATE) -> QueuedAudio:
    return QueuedAudio(np.zeros((1, samples), np.float32), RATE, start_seconds, arrived_seconds=0.0)


def taken(queue: AudioQueue, most_seconds: float = math.inf) -> list[QueueItem]:
    return queue.take(most_seconds=most_seconds, timeout_seconds=0.0)


def test_items_are_taken_in_order_up_to_a_duration() -> None:
    queue = AudioQueue(10.0, waits=False)
    items = [audio(float(second)) for second in range(5)]
    for item in items:
        queue.put(item)
    assert taken(queue, most_seconds=2.0) == items[:2]
    assert queue.seconds == 3.0
    assert taken(queue) == items[2:]
    assert taken(queue) == []


def test_a_full_queue_drops_the_oldest_half_as_one_gap() -> None:
    queue = AudioQueue(10.0, waits=False)
    for second in range(11):
        queue.put(audio(float(second)))
    gap, *rest = taken(queue)
    assert gap == LostAudio(6 * RATE, RATE, 0.0, "queue")
    assert [item.start_seconds for item in rest if isinstance(item, QueuedAudio)] == [
        6,
        7,
        8,
        9,
        10,
    ]


def test_other_items_are_never_dropped_and_keep_their_position() -> None:
    queue = AudioQueue(10.0, waits=False)
    notice = NoticeEvent(code="recording", message="to a file", seconds=1.0)
    queue.put(audio(0.0))
    queue.put(notice)
    for second in range(1, 11):
        queue.put(audio(float(second)))
    first, kept, second_gap, *_ = taken(queue)
    assert first == LostAudio(RATE, RATE, 0.0, "queue")
    assert kept is notice
    assert second_gap == LostAudio(5 * RATE, RATE, 1.0, "queue")


@settings(max_examples=30, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 3 * RATE), max_size=40),
    takes=st.lists(st.booleans(), min_size=40, max_size=40),
    discards=st.booleans(),
)
def test_every_sample_is_taken_or_lost(
    lengths: list[int], takes: list[bool], discards: bool
) -> None:
    queue = AudioQueue(5.0, waits=False)
    items: list[QueueItem] = []
    for length, takes_now in zip(lengths, takes, strict=False):
        queue.put(audio(0.0, length))
        assert queue.seconds <= 5.0 + 1e-9
        if takes_now:
            items += taken(queue, most_seconds=1.0)
    if discards:
        queue.discard()
    items += taken(queue)
    processed = sum(item.samples.shape[1] for item in items if isinstance(item, QueuedAudio))
    lost = sum(item.samples or 0 for item in items if isinstance(item, LostAudio))
    assert processed + lost == queue.received_samples == sum(lengths)


def test_a_full_queue_blocks_a_source_that_waits() -> None:
    queue = AudioQueue(2.0, waits=True)
    finished = threading.Event()

    def put() -> None:
        for second in range(4):
            queue.put(audio(float(second)))
        finished.set()

    thread = threading.Thread(target=put)
    thread.start()
    assert not finished.wait(0.05)
    assert queue.seconds == 2.0
    starts: list[float] = []
    while len(starts) < 4:
        items = queue.take(most_seconds=1.0, timeout_seconds=1.0)
        starts += [item.start_seconds for item in items if isinstance(item, QueuedAudio)]
    thread.join()
    assert starts == [0, 1, 2, 3]


def test_closing_releases_a_source_that_waits() -> None:
    queue = AudioQueue(1.0, waits=True)
    queue.put(audio(0.0))
    thread = threading.Thread(target=queue.put, args=(audio(1.0),))
    thread.start()
    queue.close()
    thread.join(1.0)
    assert not thread.is_alive()
    assert queue.received_samples == RATE  # items after the end do not count
    assert not queue.is_finished
    assert len(taken(queue)) == 1
    assert queue.is_finished


def test_taking_waits_no_longer_than_the_timeout() -> None:
    assert AudioQueue(1.0, waits=False).take(most_seconds=1.0, timeout_seconds=0.01) == []


def test_a_gap_of_the_device_counts_as_received() -> None:
    queue = AudioQueue(1.0, waits=False)
    queue.put(LostAudio(100, RATE, 0.0, "device"))
    queue.put(LostAudio(None, RATE, 0.0, "device"))
    assert queue.received_samples == 100
    assert queue.seconds == pytest.approx(0.0)
