"""What a model answers over the time of a recording."""

from __future__ import annotations

from dataclasses import dataclass

from emotion_classifier.emotions.prediction import Prediction
from emotion_classifier.units import Seconds


@dataclass(frozen=True)
class Interval:
    """A stretch of time, from the start of the recording on."""

    start_seconds: Seconds
    end_seconds: Seconds


@dataclass(frozen=True, eq=False)
class Window:
    """What the model answers for one window.

    Parameters
    ----------
    start_seconds, end_seconds : of the window; the last one may be shorter than the others.
    prediction : of this window alone.
    smoothed : with the probabilities smoothed over the windows up to this one.
    tone : of the last 20 to 30 s up to the end of this window.
    level_dbfs : RMS level of the window.
    """

    start_seconds: Seconds
    end_seconds: Seconds
    prediction: Prediction
    smoothed: Prediction
    tone: Prediction
    level_dbfs: float


@dataclass(frozen=True)
class Segment:
    """Neighbouring windows with the same answer, as one stretch of time.

    Parameters
    ----------
    start_seconds, end_seconds : segments do not overlap.
    answer : an emotion, ``uncertain`` or ``no speech``.
    confidence : mean smoothed probability of that emotion, of the most probable one where the
        answer is ``uncertain``; 0 where nobody speaks.
    """

    start_seconds: Seconds
    end_seconds: Seconds
    answer: str
    confidence: float


@dataclass(frozen=True, eq=False)
class Timeline:
    """A whole recording, or one channel of it.

    Parameters
    ----------
    duration_seconds : of the recording.
    windows : in order.
    segments : in order, covering what was heard.
    speech : where somebody speaks, in order.
    tone : of the whole recording; None where nobody speaks.
    """

    duration_seconds: Seconds
    windows: tuple[Window, ...]
    segments: tuple[Segment, ...]
    speech: tuple[Interval, ...]
    tone: Prediction | None
