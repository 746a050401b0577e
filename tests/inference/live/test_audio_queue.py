"""The queue between receiving and hearing."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.inference.live.audio_queue import Intake, Item, Lost, Received
from emotion_classifier.inference.live.events import NoticeEvent

RATE = 8_000


def audio(start_seconds: float, samples: int = RATE) -> Received:
    return Received(np.zeros((1, samples), np.float32), RATE, start_seconds, arrived_seconds=0.0)


def taken(intake: Intake, most_seconds: float = math.inf) -> list[Item]:
    return intake.take(most_seconds=most_seconds, timeout_seconds=0.0)


def test_what_is_put_is_taken_in_order_some_at_a_time() -> None:
    intake = Intake(10.0, waits=False)
    items = [audio(float(second)) for second in range(5)]
    for item in items:
        intake.put(item)
    assert taken(intake, most_seconds=2.0) == items[:2]
    assert intake.seconds == 3.0
    assert taken(intake) == items[2:]
    assert taken(intake) == []


def test_a_full_queue_drops_the_oldest_half_in_one_piece() -> None:
    intake = Intake(10.0, waits=False)
    for second in range(11):
        intake.put(audio(float(second)))
    hole, *rest = taken(intake)
    assert hole == Lost(6 * RATE, RATE, 0.0, by_device=False)
    assert [item.start_seconds for item in rest if isinstance(item, Received)] == [6, 7, 8, 9, 10]


def test_other_items_are_never_dropped_and_keep_their_place() -> None:
    intake = Intake(10.0, waits=False)
    notice = NoticeEvent("recording", "to a file", 1.0)
    intake.put(audio(0.0))
    intake.put(notice)
    for second in range(1, 11):
        intake.put(audio(float(second)))
    first, told, second_hole, *_ = taken(intake)
    assert first == Lost(RATE, RATE, 0.0, by_device=False)
    assert told is notice
    assert second_hole == Lost(5 * RATE, RATE, 1.0, by_device=False)


@settings(max_examples=30, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 3 * RATE), max_size=40),
    takes=st.lists(st.booleans(), min_size=40, max_size=40),
    discards=st.booleans(),
)
def test_every_sample_is_taken_or_lost(
    lengths: list[int], takes: list[bool], discards: bool
) -> None:
    intake = Intake(5.0, waits=False)
    items: list[Item] = []
    for length, takes_now in zip(lengths, takes, strict=False):
        intake.put(audio(0.0, length))
        assert intake.seconds <= 5.0 + 1e-9
        if takes_now:
            items += taken(intake, most_seconds=1.0)
    if discards:
        intake.discard()
    items += taken(intake)
    heard = sum(item.samples.shape[1] for item in items if isinstance(item, Received))
    lost = sum(item.samples or 0 for item in items if isinstance(item, Lost))
    assert heard + lost == intake.received_samples == sum(lengths)


def test_a_source_that_waits_is_made_to_wait() -> None:
    intake = Intake(2.0, waits=True)
    came = threading.Event()

    def pour() -> None:
        for second in range(4):
            intake.put(audio(float(second)))
        came.set()

    thread = threading.Thread(target=pour)
    thread.start()
    assert not came.wait(0.05)
    assert intake.seconds == 2.0
    starts: list[float] = []
    while len(starts) < 4:
        items = intake.take(most_seconds=1.0, timeout_seconds=1.0)
        starts += [item.start_seconds for item in items if isinstance(item, Received)]
    thread.join()
    assert starts == [0, 1, 2, 3]


def test_closing_releases_a_source_that_waits() -> None:
    intake = Intake(1.0, waits=True)
    intake.put(audio(0.0))
    thread = threading.Thread(target=intake.put, args=(audio(1.0),))
    thread.start()
    intake.close()
    thread.join(1.0)
    assert not thread.is_alive()
    assert intake.received_samples == RATE  # what came too late does not count
    assert not intake.is_finished
    assert len(taken(intake)) == 1
    assert intake.is_finished


def test_taking_waits_no_longer_than_told() -> None:
    assert Intake(1.0, waits=False).take(most_seconds=1.0, timeout_seconds=0.01) == []


def test_a_hole_of_the_device_counts_as_received() -> None:
    intake = Intake(1.0, waits=False)
    intake.put(Lost(100, RATE, 0.0, by_device=True))
    intake.put(Lost(None, RATE, 0.0, by_device=True))
    assert intake.received_samples == 100
    assert intake.seconds == pytest.approx(0.0)
