"""Events of live audio and of files: their lines of JSON."""

from __future__ import annotations

import json
from typing import get_args

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from emotion_classifier.emotions import LabelSet, Prediction
from emotion_classifier.emotions.timeline import Interval, Segment, Timeline, Window
from emotion_classifier.inference.event_fields import Word, text_of
from emotion_classifier.inference.events import (
    ConversationEvent,
    DeviceEvent,
    ErrorEvent,
    Event,
    LevelEvent,
    LiveEvent,
    NoticeEvent,
    OverrunEvent,
    RecordingEvent,
    SegmentEvent,
    ServiceEvent,
    SessionClosedEvent,
    SessionCounters,
    SessionCreatedEvent,
    SpeakerSummary,
    SpeechEvent,
    SpeechStartEvent,
    SummaryEvent,
    TimelineEvent,
    WindowEvent,
    WordsEvent,
    to_json_line,
)

PREDICTION = Prediction(
    LabelSet(("neutral", "sad")), np.array([0.25, 0.75], np.float32), 5.0, speech_share=0.5
)
WINDOW = Window(0.0, 5.0, PREDICTION, PREDICTION, PREDICTION, -20.123)
PROBABILITIES = {"neutral": 0.25, "sad": 0.75}


def words(phrase: int, text: str, *, is_final: bool = True) -> WordsEvent:
    word = Word(start_seconds=0.1, end_seconds=0.5, text=text, confidence=0.9)
    return WordsEvent(
        phrase=phrase,
        is_final=is_final,
        start_seconds=0.0,
        end_seconds=1.0,
        text=text,
        words=(word,),
    )


LIVE_EVENTS: list[LiveEvent] = [
    WindowEvent.of_window(WINDOW, latency_seconds=0.0123456, audio_latency_seconds=0.05),
    SegmentEvent.of(Segment(0.0, 2.5, "sad", 0.75)),
    SpeechStartEvent(seconds=0.1),
    SpeechEvent.of(Interval(0.1, 2.0)),
    words(1, "Grüße"),
    OverrunEvent(seconds=3.0, milliseconds=250.0, place="queue"),
    DeviceEvent(state="device-lost", name="microphone", seconds=3.0, reason="unplugged"),
    NoticeEvent(code="clipping", message="lower the input level", seconds=3.0),
    LevelEvent(seconds=0.1, rms_dbfs=-20.0, peak_dbfs=-10.0),
    SummaryEvent(
        answer="sad",
        confidence=0.75,
        probabilities=PROBABILITIES,
        shares={**PROBABILITIES, "uncertain": 0.0},
        duration_seconds=1.0,
        speech_seconds=0.5,
        windows=1,
        session=SessionCounters(
            received_samples=10,
            processed_samples=7,
            dropped_samples=3,
            skipped_windows=0,
            overruns=1,
            not_finite_samples=0,
            device_losses=1,
            latency_p95_seconds=0.01,
            audio_latency_p95_seconds=None,
        ),
    ),
]
SPEAKER = SpeakerSummary(
    speaker="channel 1",
    talk_seconds=2.0,
    turns=1,
    longest_turn_seconds=2.0,
    interruptions_seconds=(1.5,),
    answer="sad",
    confidence=0.75,
    probabilities=PROBABILITIES,
    shares=None,
)
TIMELINE_EVENTS: list[TimelineEvent] = [
    RecordingEvent(file="a.wav", duration_seconds=5.0, emotions=("neutral", "sad"), speakers=()),
    WindowEvent.of_window(WINDOW, speaker="channel 1"),
    SegmentEvent.of(Segment(0.0, 2.5, "sad", 0.75), speaker="channel 1"),
    SpeechEvent.of(Interval(0.1, 2.0), speaker="channel 1"),
    words(1, "Grüße").model_copy(update={"speaker": "channel 1"}),
    SummaryEvent.of(Timeline(5.0, (WINDOW,), (), (Interval(0.1, 2.0),), PREDICTION)),
    ConversationEvent(
        duration_seconds=5.0,
        overlap_seconds=0.5,
        overlaps=1,
        silence_seconds=1.0,
        longest_silence_seconds=1.0,
        median_gap_seconds=None,
        speakers=(SPEAKER, SPEAKER),
    ),
]
COUNTERS = LIVE_EVENTS[-1].model_dump()["session"]
SERVICE_EVENTS: list[ServiceEvent] = [
    SessionCreatedEvent(
        session="a1",
        resume_token="secret",
        resume_seconds=30.0,
        is_resumed=False,
        received_samples=0,
        model="default",
        emotions=("neutral", "sad"),
        sample_rate=16_000,
        channels=1,
        format="s16le",
        window_seconds=5.0,
        hop_seconds=1.0,
        recogniser=None,
    ),
    ErrorEvent(code="too-fast", message="send audio in real time", session_continues=False),
    SessionClosedEvent(reason="end", session=SessionCounters(**COUNTERS)),
]
EVENTS = [*LIVE_EVENTS, *TIMELINE_EVENTS, *SERVICE_EVENTS]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event)
def test_a_line_is_strict_json_that_reads_back_as_the_same_event(
    event: LiveEvent | ServiceEvent,
) -> None:
    line = to_json_line(event)
    entries = json.loads(line)
    assert next(iter(entries)) == "event"
    assert entries["event"] == event.event
    assert line.count("\n") == 1
    adapter: TypeAdapter[LiveEvent | TimelineEvent | ServiceEvent] = TypeAdapter(Event)
    assert adapter.validate_json(line) == event


def test_the_examples_cover_every_kind() -> None:
    assert {type(event) for event in LIVE_EVENTS} == set(get_args(LiveEvent))
    assert {type(event) for event in TIMELINE_EVENTS} == set(get_args(TimelineEvent))
    assert {type(event) for event in SERVICE_EVENTS} == set(get_args(ServiceEvent))


def test_live_and_file_events_of_a_kind_have_the_same_keys() -> None:
    live = {event.event: list(event.model_dump()) for event in LIVE_EVENTS}
    shared = 0
    for event in TIMELINE_EVENTS:
        if event.event in live:
            assert list(event.model_dump()) == live[event.event]
            shared += 1
    assert shared == 5


def test_a_window_has_the_words_whose_middle_is_in_it() -> None:
    spoken = [
        Word(start_seconds=start, end_seconds=start + 1.0, text=text, confidence=None)
        for start, text in ((1.4, "before"), (1.5, "first"), (6.4, "last"), (6.5, "behind"))
    ]
    window = WindowEvent.of_window(WINDOW, offset_seconds=2.0)
    assert window.words is None
    assert text_of(window.with_words(spoken).words or ()) == "first last"
    assert window.with_words([]).words == ()


def test_a_window_has_the_smoothed_answer_and_all_probabilities() -> None:
    entries = EVENTS[0].model_dump()
    assert entries["answer"] == entries["tone_answer"] == "sad"
    assert entries["probabilities"] == entries["smoothed"] == entries["tone"] == PROBABILITIES
    assert entries["speech_share"] == 0.5


def test_times_have_six_decimals_and_levels_one() -> None:
    window = WindowEvent.of_window(WINDOW, offset_seconds=1 / 3, latency_seconds=0.0123456)
    assert (window.start_seconds, window.end_seconds) == (0.333333, 5.333333)
    assert window.latency_seconds == 0.012346
    assert window.level_dbfs == -20.1


def test_numbers_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValidationError):
        LevelEvent(seconds=float("nan"), rms_dbfs=-20.0, peak_dbfs=-10.0)


def test_a_timeline_without_speech_has_the_answer_no_speech() -> None:
    silent = SummaryEvent.of(Timeline(5.0, (WINDOW,), (), (), None))
    assert (silent.answer, silent.confidence, silent.probabilities) == ("no speech", None, None)
    assert silent.speech_seconds == 0.0


def test_without_voice_activity_detection_the_duration_of_speech_is_unknown() -> None:
    undetected = Prediction(PREDICTION.labels, PREDICTION.probabilities, 5.0)
    window = Window(0.0, 5.0, undetected, undetected, undetected, -20.0)
    summary = SummaryEvent.of(Timeline(5.0, (window,), (), (), undetected))
    assert summary.speech_seconds is None


def test_text_is_readable_and_file_names_that_are_no_text_are_escaped() -> None:
    assert "Grüße" in to_json_line(words(1, "Grüße"))
    event = DeviceEvent(state="open", name="a\udcff.wav", seconds=0.0)
    line = to_json_line(event)
    assert line.encode("utf-8")
    assert json.loads(line)["name"] == "a\udcff.wav"
