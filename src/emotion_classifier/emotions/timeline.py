"""Predictions over the time of a recording."""

from __future__ import annotations

from dataclasses import dataclass

from emotion_classifier.emotions.prediction import NO_SPEECH, UNCERTAIN, Prediction
from emotion_classifier.units import Seconds


@dataclass(frozen=True)
class Interval:
    """Interval of time, in seconds from the start of the recording."""

    start_seconds: Seconds
    end_seconds: Seconds

    @property
    def duration_seconds(self) -> Seconds:
        """Duration."""
        return self.end_seconds - self.start_seconds


@dataclass(frozen=True, eq=False)
class Window:
    """Predictions for one window.

    Parameters
    ----------
    start_seconds, end_seconds : from the start of the recording; the last window may be shorter.
    prediction : of this window alone.
    smoothed : with the probabilities smoothed over the windows up to this one.
    tone : mean of the last 20 to 30 s up to the end of this window.
    level_dbfs : RMS level of the window.
    """

    start_seconds: Seconds
    end_seconds: Seconds
    prediction: Prediction
    smoothed: Prediction
    tone: Prediction
    level_dbfs: float


@dataclass(frozen=True)
class Segment(Interval):
    """Interval of speech with the same answer, or between intervals of speech.

    Parameters
    ----------
    start_seconds, end_seconds : from the start of the recording; segments do not overlap.
    answer : an emotion, ``uncertain`` or ``no speech``.
    confidence : mean smoothed probability of that emotion, of the most probable emotion where the
        answer is ``uncertain``; 0 without speech.
    """

    answer: str
    confidence: float

    @property
    def has_speech(self) -> bool:
        """Whether the answer is an emotion or ``uncertain``."""
        return self.answer != NO_SPEECH

    @property
    def has_emotion(self) -> bool:
        """Whether the answer is an emotion."""
        return self.answer not in {NO_SPEECH, UNCERTAIN}


@dataclass(frozen=True, eq=False)
class Timeline:
    """Predictions over a whole recording, or one channel of it.

    Parameters
    ----------
    duration_seconds : of the recording.
    windows : in order.
    segments : in order; they cover the recording.
    speech : intervals of speech, in order; empty without voice activity detection. The segments with
        speech cover them, and nothing else.
    tone : mean of all windows, weighted by their speech, and the shares of the segments; None without
        speech.
    warning : problem of the recording with which it can be analysed all the same, and its remedy.
    """

    duration_seconds: Seconds
    windows: tuple[Window, ...]
    segments: tuple[Segment, ...]
    speech: tuple[Interval, ...]
    tone: Prediction | None
    warning: str | None = None

    @property
    def speech_seconds(self) -> Seconds | None:
        """Total duration of speech; None without voice activity detection."""
        if any(window.prediction.speech_share is None for window in self.windows):
            return None
        return sum((interval.duration_seconds for interval in self.speech), 0.0)
