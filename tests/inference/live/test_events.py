"""Events as JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion_classifier.emotions import LabelSet, Prediction
from emotion_classifier.emotions.timeline import Segment, Window
from emotion_classifier.inference.asr.phrases import Phrase
from emotion_classifier.inference.asr.recogniser import Word
from emotion_classifier.inference.live.events import (
    DeviceEvent,
    Event,
    LevelEvent,
    NoticeEvent,
    OverrunEvent,
    SegmentEvent,
    SpeechEvent,
    SummaryEvent,
    WindowEvent,
    WordsEvent,
)

HEARD = Prediction(
    LabelSet(("neutral", "sad")), np.array([0.25, 0.75], np.float32), 5.0, speech_share=0.5
)
EVENTS: list[Event] = [
    WindowEvent(Window(0.0, 5.0, HEARD, HEARD, HEARD, -20.123), 0.0123456, 0.05),
    SegmentEvent(Segment(0.0, 2.5, "sad", 0.75)),
    SpeechEvent("start", 0.1),
    WordsEvent(Phrase(1, (Word(0.1, 0.5, "Grüße", 0.9),), True, 0.0, 1.0)),
    OverrunEvent(3.0, 250.0, "queue"),
    DeviceEvent("device-lost", "microphone", 3.0, reason="it is gone"),
    NoticeEvent("clipping", "lower the input level", 3.0),
    LevelEvent(0.1, -20.0, -10.0),
    SummaryEvent(10, 7, 3, 1.0, 1, 0, 1, 0, 1, 0.01, None, {"neutral": 0.25, "sad": 0.75}),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_each_event_is_strict_json_with_its_kind_first(event: Event) -> None:
    entries = json.loads(json.dumps(event.as_dict(), allow_nan=False))
    assert next(iter(entries)) == "event"
    assert entries["event"] == event.kind


def test_a_window_tells_answer_and_probabilities() -> None:
    entries = EVENTS[0].as_dict()
    assert entries["answer"] == entries["tone_answer"] == "sad"
    assert entries["probabilities"] == {"neutral": 0.25, "sad": 0.75}
    assert entries["latency_seconds"] == 0.012
    assert entries["speech_share"] == 0.5


def test_words_have_text_and_times() -> None:
    entries = EVENTS[3].as_dict()
    assert entries["text"] == "Grüße"
    assert entries["words"] == [
        {"start_seconds": 0.1, "end_seconds": 0.5, "text": "Grüße", "confidence": 0.9}
    ]
