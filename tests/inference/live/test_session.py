"""Live audio to its events: nothing is lost without being told."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from tests.inference.live.simulated import (
    RATE,
    FaultyDevice,
    ManualClock,
    Opener,
    PouringSource,
    listen_to,
    noise,
)

from emotion_classifier.errors import DeviceError
from emotion_classifier.inference.live import capture
from emotion_classifier.inference.live.events import (
    DeviceEvent,
    Event,
    LevelEvent,
    NoticeEvent,
    OverrunEvent,
    SegmentEvent,
    SummaryEvent,
    WindowEvent,
)
from emotion_classifier.inference.live.session import LIMIT_SECONDS, Listening
from emotion_classifier.inference.live.sources import Chunk

Kind = TypeVar("Kind", bound=Event)


@pytest.fixture(scope="module")
def opener(untrained_model: Path) -> Opener:
    return Opener(untrained_model)


def of(kind: type[Kind], events: Sequence[Event]) -> list[Kind]:
    return [event for event in events if isinstance(event, kind)]


def summary(events: Sequence[Event]) -> SummaryEvent:
    """The last event, whose counters add up to what the others told."""
    last = events[-1]
    assert isinstance(last, SummaryEvent)
    assert last.received_samples == last.processed_samples + last.dropped_samples
    assert last.windows == len(of(WindowEvent, events))
    assert last.overruns == len(of(OverrunEvent, events))
    return last


def test_a_source_that_waits_is_heard_like_a_file(opener: Opener) -> None:
    samples = noise(12.3)
    events = listen_to(PouringSource(samples, waits=True, chunk=777), opener)
    stream = opener(RATE)
    expected = [*stream.feed(samples[0]), *stream.flush()]
    heard = of(WindowEvent, events)
    assert [one.window.start_seconds for one in heard] == [one.start_seconds for one in expected]
    for one, other in zip(heard, expected, strict=True):
        np.testing.assert_allclose(
            one.window.prediction.probabilities, other.prediction.probabilities, atol=1e-5
        )
    assert summary(events).processed_samples == samples.shape[1]
    assert summary(events).skipped_windows == 0
    segments = [event.segment for event in of(SegmentEvent, events)]
    assert segments[0].start_seconds == 0.0
    assert segments[-1].end_seconds == pytest.approx(12.3)


def test_interim_windows_are_skipped_before_audio_is_dropped(opener: Opener) -> None:
    source = PouringSource(noise(15.0))
    events = Listening(source, opener).events()
    heard = [next(events)]
    source.poured.wait()  # the listener was slow: all of it is there
    heard += events
    told = summary(heard)
    assert told.dropped_samples == 0
    assert told.skipped_windows > 0
    assert told.windows + told.skipped_windows == 11


def test_the_oldest_audio_is_dropped_and_told(opener: Opener) -> None:
    source = PouringSource(noise(65.0))
    events = Listening(source, opener).events()
    heard = [next(events)]
    source.poured.wait()
    heard += events
    told = summary(heard)
    assert told.received_samples == 65 * RATE
    (hole,) = of(OverrunEvent, heard)
    assert hole.place == "queue"
    assert hole.milliseconds == pytest.approx(1000 * told.dropped_samples / RATE)
    assert hole.seconds <= 1.1  # what may have been taken before the rest came
    assert told.dropped_samples >= (65 - LIMIT_SECONDS - 1.1) * RATE
    end_seconds = hole.seconds + told.dropped_samples / RATE
    behind = [one for one in of(WindowEvent, heard) if one.window.end_seconds > hole.seconds]
    assert behind
    assert all(one.window.start_seconds >= end_seconds - 1e-6 for one in behind)
    assert behind[-1].window.end_seconds == pytest.approx(65.0)


def test_stopping_finishes_what_is_open(opener: Opener) -> None:
    source = PouringSource(noise(7.5), waits=True, endless=True)
    listening = Listening(source, opener)
    events: list[Event] = []
    for event in listening.events():
        events.append(event)
        if isinstance(event, WindowEvent):
            source.poured.wait()
            listening.stop.set()
    assert summary(events).processed_samples == 7.5 * RATE
    assert of(WindowEvent, events)[-1].window.end_seconds == pytest.approx(7.5)
    assert of(SegmentEvent, events)[-1].segment.end_seconds == pytest.approx(7.5)


def test_what_takes_too_long_after_stopping_is_dropped_and_told(opener: Opener) -> None:
    source = PouringSource(noise(15.0), waits=True, endless=True)
    clock = ManualClock()
    listening = Listening(source, opener, clock=clock)
    events: list[Event] = []
    for event in listening.events():
        events.append(event)
        if isinstance(event, DeviceEvent):
            source.poured.wait()
            listening.stop.set()
        if isinstance(event, LevelEvent):
            clock.seconds += 0.15  # the machine is slow: 10 chunks take longer than there is time
    told = summary(events)
    assert told.received_samples == 15 * RATE
    assert 0 < told.processed_samples < 15 * RATE
    (hole,) = of(OverrunEvent, events)
    assert hole.milliseconds == pytest.approx(1000 * told.dropped_samples / RATE)


def test_a_device_that_vanishes_is_told_and_heard_again(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "_RETRY_SECONDS", 0.01)
    before = [Chunk(noise(2.0), RATE, 0)]
    behind = [Chunk(noise(3.0, channels=2, rate=16_000), 16_000, 0)]
    events = listen_to(FaultyDevice([before, None, None, behind]), opener)
    states = [(event.state, event.sample_rate) for event in of(DeviceEvent, events)]
    assert states == [("open", RATE), ("device-lost", None), ("device-back", 16_000)]
    kinds = [event.kind for event in events if event.kind in ("window", "device")]
    assert kinds == ["device", "window", "device", "device", "window"]  # finished when it was lost
    first, second = of(WindowEvent, events)
    assert first.window.end_seconds == pytest.approx(2.0)
    assert second.window.start_seconds >= 2.0
    assert second.window.end_seconds - second.window.start_seconds == pytest.approx(3.0)
    told = summary(events)
    assert told.device_losses == 1
    assert told.received_samples == 2 * RATE + 3 * 16_000


def test_no_device_at_all_is_an_error_without_a_summary(opener: Opener) -> None:
    events = Listening(FaultyDevice([None]), opener).events()
    with pytest.raises(DeviceError, match="no such device"):
        next(events)


def test_what_the_device_lost_is_told(opener: Opener) -> None:
    chunks = [
        Chunk(noise(1.0), RATE, 0),
        Chunk(noise(1.0), RATE, RATE + 400),  # 50 ms are missing
        Chunk(noise(1.0), RATE, 2 * RATE + 400, overflowed=True),
    ]
    events = listen_to(FaultyDevice([chunks]), opener)
    holes = of(OverrunEvent, events)
    assert [(hole.milliseconds, hole.place) for hole in holes] == [
        (50.0, "device"),
        (None, "device"),
    ]
    told = summary(events)
    assert (told.received_samples, told.dropped_samples) == (3 * RATE + 400, 400)
    starts = [event.window.start_seconds for event in of(WindowEvent, events)]
    assert starts == pytest.approx([0.0, 1.05, 2.05])


def test_a_stream_of_nan_is_told_once_and_heard_as_silence(opener: Opener) -> None:
    samples = np.full((1, 6 * RATE), np.nan, np.float32)
    events = listen_to(PouringSource(samples, waits=True), opener)
    codes = [event.code for event in of(NoticeEvent, events)]
    assert codes == ["not-finite", "silent", "low-rate"]
    assert summary(events).not_finite_samples == 6 * RATE
    for event in of(WindowEvent, events):
        assert np.isfinite(event.window.prediction.probabilities).all()


def test_numbers_of_another_format_are_no_sound(opener: Opener) -> None:
    samples = np.full((2, 4 * RATE), 1e30, np.float32)
    samples[1] = 0.1 * np.sign(np.sin(np.arange(4 * RATE)))
    events = listen_to(PouringSource(samples, waits=True), opener)
    (notice,) = [one for one in of(NoticeEvent, events) if one.code == "not-finite"]
    assert "absurdly large" in notice.message
    assert summary(events).not_finite_samples == 4 * RATE
    assert all(event.rms_dbfs < 0.0 for event in of(LevelEvent, events))


def test_latency_is_told_by_both_clocks(opener: Opener) -> None:
    clock = ManualClock()
    source = PouringSource(noise(7.0), waits=True, chunk=RATE // 4)
    events: list[Event] = []
    for event in Listening(source, opener, clock=clock).events():
        events.append(event)
        if isinstance(event, DeviceEvent):
            source.poured.wait()
            clock.seconds = 0.5  # all chunks have arrived half a second ago
    for event in of(WindowEvent, events):
        assert event.latency_seconds == pytest.approx(0.5)
        assert event.audio_latency_seconds <= 0.25
    assert summary(events).latency_p95_seconds == pytest.approx(0.5)


def test_leaving_early_ends_the_thread(opener: Opener) -> None:
    before = threading.active_count()
    events = Listening(PouringSource(noise(1.0), endless=True), opener).events()
    next(events)
    events.close()
    assert threading.active_count() == before
