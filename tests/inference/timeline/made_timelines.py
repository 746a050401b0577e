"""Timelines with known values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from emotion_classifier.emotions import LabelSet, Prediction
from emotion_classifier.emotions.prediction import NO_SPEECH, UNCERTAIN
from emotion_classifier.emotions.timeline import Interval, Segment, Timeline, Window
from emotion_classifier.inference.timeline.analyse import ChannelTimeline, RecordingTimelines

LABELS = LabelSet(("neutral", "happy", "sad", "angry"))


def prediction(answer: str, confidence: float = 0.7, labels: LabelSet = LABELS) -> Prediction:
    """Prediction with that answer and confidence; the other emotions share the rest."""
    probabilities = np.full(len(labels), (1 - confidence) / (len(labels) - 1), np.float32)
    if answer == NO_SPEECH:
        uniform = np.full(len(labels), 1 / len(labels), np.float32)
        return Prediction(labels, uniform, 5.0, 0.0, has_speech=False)
    probabilities[labels.index(answer)] = confidence
    return Prediction(labels, probabilities, 5.0, speech_share=0.8)


def timeline(
    answers: Sequence[str], speech: Sequence[tuple[float, float]], labels: LabelSet = LABELS
) -> Timeline:
    """One window of 5 s each second, and one segment for each answer."""
    duration = float(len(answers))
    windows = tuple(
        Window(
            start_seconds=float(index),
            end_seconds=min(index + 5.0, duration),
            prediction=prediction(answer, 0.5, labels),
            smoothed=prediction(answer, 0.7, labels),
            tone=prediction(answer, 0.6, labels),
            level_dbfs=-20.25,
        )
        for index, answer in enumerate(answers)
    )
    segments = tuple(
        Segment(float(index), index + 1.0, answer, 0.0 if answer == NO_SPEECH else 0.7)
        for index, answer in enumerate(answers)
    )
    intervals = tuple(Interval(*one) for one in speech)
    spoken = [answer for answer in answers if answer != NO_SPEECH]
    shares = {name: spoken.count(name) / max(1, len(spoken)) for name in (*labels, UNCERTAIN)}
    tone = replace(prediction(answers[0], 0.6, labels), shares=shares) if speech else None
    return Timeline(duration, windows, segments, intervals, tone)


def channel(speaker: str | None, made: Timeline) -> ChannelTimeline:
    """Channel with a constant envelope."""
    envelope = np.tile(np.array([-0.2, 0.3], np.float32), (50, 1))
    return ChannelTimeline(speaker, made, envelope)


def mixed() -> RecordingTimelines:
    """Mixed recording: angry, no speech, happy."""
    made = timeline(["angry", NO_SPEECH, "happy"], [(0.1, 0.9), (2.0, 2.875)])
    return RecordingTimelines("calls/my call.wav", LABELS, (channel(None, made),))


def call() -> RecordingTimelines:
    """Call of two speakers; the second interrupts the first at 1.5 s."""
    first = timeline(["angry", "angry", NO_SPEECH, "sad"], [(0.0, 2.0), (3.0, 3.5)])
    second = timeline([NO_SPEECH, "happy", "happy", NO_SPEECH], [(1.5, 2.75)])
    channels = (channel("channel 1", first), channel("channel 2", second))
    return RecordingTimelines("calls/my call.wav", LABELS, channels)
