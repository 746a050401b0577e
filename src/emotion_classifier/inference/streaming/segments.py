"""Segments that do not overlap, from the predictions of windows that do.

Each window determines only the segment of its core (see `WindowGrid.core_start`): one hop in its middle,
with context on both sides. Cores follow each other without gaps; the first begins with the recording,
the last ends with it. Neighbouring cores with the same smoothed answer are one segment, so segments
cover the recording, with borders as fine as the hop.
"""

from __future__ import annotations

from emotion_classifier.emotions.prediction import NO_SPEECH, Prediction
from emotion_classifier.emotions.timeline import Segment
from emotion_classifier.units import Seconds


class SegmentJoiner:
    """Joins cores with the same answer to segments.

    A window that was left out is covered by the segment before it, the first one by that after it.
    """

    def __init__(self) -> None:
        self._answer: str | None = None
        self._start_seconds: Seconds = 0.0
        self._confidence_sum = 0.0
        self._cores = 0

    def feed(self, smoothed: Prediction, core_start_seconds: Seconds) -> Segment | None:
        """The segment that ends where this core begins; None where its answer continues."""
        answer = smoothed.answer
        finished = None
        if answer != self._answer:
            finished = self.finish(core_start_seconds)
            self._answer = answer
            self._start_seconds = 0.0 if finished is None else core_start_seconds
        self._confidence_sum += 0.0 if answer == NO_SPEECH else smoothed.confidence
        self._cores += 1
        return finished

    def finish(self, end_seconds: Seconds) -> Segment | None:
        """The open segment, ended at that time; None where there is none."""
        if self._answer is None:
            return None
        confidence = self._confidence_sum / self._cores
        segment = Segment(self._start_seconds, end_seconds, self._answer, confidence)
        self._answer, self._confidence_sum, self._cores = None, 0.0, 0
        return segment
