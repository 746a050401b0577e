"""Live sessions: every sample is processed or reported as lost."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from tests.inference.asr.signals import two_sentences
from tests.inference.live.simulated import (
    RATE,
    FaultyDevice,
    ImmediateSource,
    ManualClock,
    Opener,
    events_of,
    noise,
)

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import DeviceError
from emotion_classifier.inference.event_fields import Word
from emotion_classifier.inference.events import (
    DeviceEvent,
    LevelEvent,
    LiveEvent,
    NoticeEvent,
    OverrunEvent,
    SegmentEvent,
    SessionCounters,
    SpeechEvent,
    SpeechStartEvent,
    SummaryEvent,
    WindowEvent,
    WordsEvent,
)
from emotion_classifier.inference.live import capture
from emotion_classifier.inference.live.session import LIMIT_SECONDS, LiveSession
from emotion_classifier.inference.live.sources import Chunk, FileSource
from emotion_classifier.inference.live.transcriber import Transcriber
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.timeline.analyse import analyse_file
from emotion_classifier.inference.timeline.words import with_words
from emotion_classifier.inference.timeline.writers import timeline_events

Kind = TypeVar("Kind", bound=LiveEvent)


@pytest.fixture(scope="module")
def opener(untrained_model: Path) -> Opener:
    return Opener(untrained_model)


def of(kind: type[Kind], events: Sequence[LiveEvent]) -> list[Kind]:
    return [event for event in events if isinstance(event, kind)]


def summary(events: Sequence[LiveEvent]) -> SummaryEvent:
    """The last event, whose counters agree with the other events."""
    last = events[-1]
    assert isinstance(last, SummaryEvent)
    counters = counters_of(last)
    assert counters.received_samples == counters.processed_samples + counters.dropped_samples
    assert last.windows == len(of(WindowEvent, events))
    assert counters.overruns == len(of(OverrunEvent, events))
    return last


def counters(events: Sequence[LiveEvent]) -> SessionCounters:
    return counters_of(summary(events))


def counters_of(last: SummaryEvent) -> SessionCounters:
    assert last.session is not None
    return last.session


def test_a_source_that_waits_has_the_windows_of_a_file(opener: Opener) -> None:
    samples = noise(12.3)
    events = events_of(ImmediateSource(samples, waits=True, chunk=777), opener)
    stream = opener(RATE)
    expected = [*stream.feed(samples[0]), *stream.flush()]
    windows = of(WindowEvent, events)
    assert [one.start_seconds for one in windows] == [one.start_seconds for one in expected]
    for one, other in zip(windows, expected, strict=True):
        assert one.probabilities == pytest.approx(other.prediction.as_dict(), abs=1e-5)
    assert counters(events).processed_samples == samples.shape[1]
    assert counters(events).skipped_windows == 0
    segments = of(SegmentEvent, events)
    assert segments[0].start_seconds == 0.0
    assert segments[-1].end_seconds == pytest.approx(12.3)


def test_interim_windows_are_skipped_before_audio_is_dropped(opener: Opener) -> None:
    source = ImmediateSource(noise(15.0), paused=True)
    events = LiveSession(source, opener).events()
    received = [next(events)]
    source.resumed.set()
    source.delivered.wait()  # processing was slow: all audio is queued
    received += events
    counted = counters(received)
    assert counted.dropped_samples == 0
    assert counted.skipped_windows > 0
    assert summary(received).windows + counted.skipped_windows == 11


def test_the_oldest_audio_is_dropped_and_reported(opener: Opener) -> None:
    source = ImmediateSource(noise(65.0), paused=True)
    events = LiveSession(source, opener).events()
    received = [next(events)]
    source.resumed.set()
    source.delivered.wait()
    received += events
    counted = counters(received)
    assert counted.received_samples == 65 * RATE
    (gap,) = of(OverrunEvent, received)
    assert gap.place == "queue"
    assert gap.milliseconds == pytest.approx(1000 * counted.dropped_samples / RATE)
    assert gap.seconds <= 0.1  # the first chunk was taken before the rest arrived
    assert counted.dropped_samples >= (65 - LIMIT_SECONDS - 0.1) * RATE
    end_seconds = gap.seconds + counted.dropped_samples / RATE
    behind = [one for one in of(WindowEvent, received) if one.end_seconds > gap.seconds]
    assert behind
    assert all(one.start_seconds >= end_seconds - 1e-6 for one in behind)
    assert behind[-1].end_seconds == pytest.approx(65.0)


def test_stopping_completes_the_last_window_and_segment(opener: Opener) -> None:
    source = ImmediateSource(noise(7.5), waits=True, endless=True)
    session = LiveSession(source, opener)
    events: list[LiveEvent] = []
    for event in session.events():
        events.append(event)
        if isinstance(event, WindowEvent):
            source.delivered.wait()
            session.stop.set()
    assert counters(events).processed_samples == 7.5 * RATE
    assert of(WindowEvent, events)[-1].end_seconds == pytest.approx(7.5)
    assert of(SegmentEvent, events)[-1].end_seconds == pytest.approx(7.5)


def test_audio_that_takes_too_long_after_stopping_is_dropped_and_reported(opener: Opener) -> None:
    source = ImmediateSource(noise(15.0), waits=True, endless=True)
    clock = ManualClock()
    session = LiveSession(source, opener, clock=clock)
    events: list[LiveEvent] = []
    for event in session.events():
        events.append(event)
        if isinstance(event, DeviceEvent):
            source.delivered.wait()
            session.stop.set()
        if isinstance(event, LevelEvent):
            clock.seconds += 0.15  # the machine is slow: 10 chunks take too long
    counted = counters(events)
    assert counted.received_samples == 15 * RATE
    assert 0 < counted.processed_samples < 15 * RATE
    (gap,) = of(OverrunEvent, events)
    assert gap.milliseconds == pytest.approx(1000 * counted.dropped_samples / RATE)


def test_a_lost_device_is_reported_and_opened_again(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "_RETRY_SECONDS", 0.01)
    before = [Chunk(noise(2.0), RATE, 0)]
    behind = [Chunk(noise(3.0, channels=2, rate=16_000), 16_000, 0)]
    events = events_of(FaultyDevice([before, None, None, behind]), opener)
    states = [(event.state, event.sample_rate) for event in of(DeviceEvent, events)]
    assert states == [("open", RATE), ("device-lost", None), ("device-back", 16_000)]
    kinds = [event.event for event in events if event.event in ("window", "device")]
    assert kinds == [
        "device",
        "window",
        "device",
        "device",
        "window",
    ]  # completed when the device was lost
    first, second = of(WindowEvent, events)
    assert first.end_seconds == pytest.approx(2.0)
    assert second.start_seconds >= 2.0
    assert second.end_seconds - second.start_seconds == pytest.approx(3.0)
    counted = counters(events)
    assert counted.device_losses == 1
    assert counted.received_samples == 2 * RATE + 3 * 16_000


def test_no_device_at_all_is_an_error_without_a_summary(opener: Opener) -> None:
    events = LiveSession(FaultyDevice([None]), opener).events()
    with pytest.raises(DeviceError, match="no such device"):
        next(events)


def test_audio_that_the_device_lost_is_reported(opener: Opener) -> None:
    chunks = [
        Chunk(noise(1.0), RATE, 0),
        Chunk(noise(1.0), RATE, RATE + 400),  # 50 ms are missing
        Chunk(noise(1.0), RATE, 2 * RATE + 400, overflowed=True),
    ]
    events = events_of(FaultyDevice([chunks]), opener)
    gaps = of(OverrunEvent, events)
    assert [(gap.milliseconds, gap.place) for gap in gaps] == [
        (50.0, "device"),
        (None, "device"),
    ]
    counted = counters(events)
    assert (counted.received_samples, counted.dropped_samples) == (3 * RATE + 400, 400)
    starts = [event.start_seconds for event in of(WindowEvent, events)]
    assert starts == pytest.approx([0.0, 1.05, 2.05])


def test_nan_is_reported_once_and_processed_as_silence(opener: Opener) -> None:
    samples = np.full((1, 6 * RATE), np.nan, np.float32)
    events = events_of(ImmediateSource(samples, waits=True), opener)
    codes = [event.code for event in of(NoticeEvent, events)]
    assert codes == ["not-finite", "silent", "low-rate"]
    assert counters(events).not_finite_samples == 6 * RATE
    for event in of(WindowEvent, events):
        assert np.isfinite(list(event.probabilities.values())).all()


def test_numbers_of_another_format_are_processed_as_silence(opener: Opener) -> None:
    samples = np.full((2, 4 * RATE), 1e30, np.float32)
    samples[1] = 0.1 * np.sign(np.sin(np.arange(4 * RATE)))
    events = events_of(ImmediateSource(samples, waits=True), opener)
    (notice,) = [one for one in of(NoticeEvent, events) if one.code == "not-finite"]
    assert "absurdly large" in notice.message
    assert counters(events).not_finite_samples == 4 * RATE
    assert all(event.rms_dbfs < 0.0 for event in of(LevelEvent, events))


def test_latency_is_measured_by_both_clocks(opener: Opener) -> None:
    clock = ManualClock()
    source = ImmediateSource(noise(7.0), waits=True, chunk=RATE // 4)
    events: list[LiveEvent] = []
    for event in LiveSession(source, opener, clock=clock).events():
        events.append(event)
        if isinstance(event, DeviceEvent):
            source.delivered.wait()
            clock.seconds = 0.5  # all chunks have arrived half a second ago
    for event in of(WindowEvent, events):
        assert event.latency_seconds == pytest.approx(0.5)
        assert event.audio_latency_seconds is not None and event.audio_latency_seconds <= 0.25
    assert counters(events).latency_p95_seconds == pytest.approx(0.5)


def test_closing_the_generator_ends_the_thread(opener: Opener) -> None:
    before = set(threading.enumerate())  # one of them may be about to end
    events = LiveSession(ImmediateSource(noise(1.0), endless=True), opener).events()
    next(events)
    events.close()
    assert set(threading.enumerate()) <= before


def test_the_events_of_a_file_are_those_of_its_timeline(
    untrained: Predictor, toy_speech: Samples, tmp_path: Path
) -> None:
    path = tmp_path / "talk.wav"
    write_wav(path, toy_speech[None], 16_000)
    session = LiveSession(FileSource(path), untrained.stream)
    live = [event.model_dump() for event in session.events()]
    recording = analyse_file(untrained, path, mix=True)
    for kind in ("window", "segment", "speech", "summary"):
        expected = [one.model_dump() for one in timeline_events(recording) if one.event == kind]
        found = [event for event in live if event["event"] == kind]
        assert expected and len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            for key in {*other} - {"latency_seconds", "audio_latency_seconds", "session"}:
                assert one[key] == pytest.approx(other[key], abs=1e-5), (kind, key)


class SlowRecogniser:
    """Finds a word in each second, after some time."""

    name, note = "slow", ""

    def transcribe(self, samples: Samples, sample_rate: int) -> tuple[Word, ...]:
        time.sleep(0.05)
        return tuple(
            Word(start_seconds=at, end_seconds=at + 0.5, text=f"word{at}", confidence=None)
            for at in range(len(samples) // sample_rate)
        )

    def close(self) -> None:
        pass


def test_the_words_of_a_file_are_those_of_its_timeline(
    untrained: Predictor, tmp_path: Path
) -> None:
    path = tmp_path / "talk.wav"
    write_wav(path, two_sentences()[None], 16_000)
    transcriber = Transcriber(SlowRecogniser())
    session = LiveSession(FileSource(path), untrained.stream, transcriber=transcriber)
    live = list(session.events())
    expected = list(
        timeline_events(with_words(analyse_file(untrained, path, mix=True), SlowRecogniser(), 60.0))
    )
    assert [one.words for one in of(WindowEvent, live)] == [
        one.words for one in expected if isinstance(one, WindowEvent)
    ]
    finals = [one for one in of(WordsEvent, live) if one.is_final]
    assert len(finals) == 2
    assert finals == [one for one in expected if isinstance(one, WordsEvent)]


def test_speech_starts_before_it_is_reported_as_an_interval(
    untrained: Predictor, toy_speech: Samples
) -> None:
    source = ImmediateSource(toy_speech[None], waits=True, rate=16_000)
    events = list(LiveSession(source, untrained.stream).events())
    starts = [event.seconds for event in of(SpeechStartEvent, events)]
    assert starts
    assert starts == [event.start_seconds for event in of(SpeechEvent, events)]


def test_the_time_of_day_may_jump_while_a_session_runs(
    opener: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "talk.wav"
    write_wav(path, noise(3.0), RATE)
    days = itertools.cycle((1e9, 2e9, 0.0))
    monkeypatch.setattr(time, "time", lambda: next(days))
    events = events_of(FileSource(path), opener)
    assert summary(events).duration_seconds == 3.0
    latencies = [event.latency_seconds or 0.0 for event in of(WindowEvent, events)]
    assert latencies and all(0.0 <= seconds < 60.0 for seconds in latencies)
