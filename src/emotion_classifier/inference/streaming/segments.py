"""Segments that do not overlap, from the predictions of windows that do, and from the speech.

Each window determines the answer in its core (see `WindowGrid.core_start`): one hop in its middle, with
context on both sides. Cores follow each other without gaps; the first begins with the recording, the
last ends with it. A segment with speech is the part of an interval of speech in which the cores have the
same answer; between the intervals there is ``no speech``. So segments cover the recording, and those of
speech last as long as the speech.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from emotion_classifier.emotions.prediction import NO_SPEECH, UNCERTAIN, Prediction
from emotion_classifier.emotions.timeline import Interval, Segment
from emotion_classifier.units import Seconds


class _Core(NamedTuple):
    start_seconds: Seconds
    answer: str
    confidence: float


class SegmentJoiner:
    """Joins cores with the same answer, cut to the speech, to segments.

    Speech in a core whose window has too little of it is ``uncertain``. The core of a window that was left
    out has the answer of the one before it, the first one that of the one after it.
    """

    def __init__(self) -> None:
        self._cores: deque[_Core] = deque()  # from `_position` on
        self._speech: deque[Interval] = deque()
        self._position: Seconds = 0.0
        self._current: Segment | None = None
        self.seconds: defaultdict[str, Seconds] = defaultdict(float)
        """Seconds of each answer so far."""

    def add_speech(self, speech: Iterable[Interval]) -> None:
        """Add intervals of speech, in order; the last may be added again with another end."""
        for interval in speech:
            if self._speech and self._speech[-1].start_seconds == interval.start_seconds:
                self._speech.pop()
            self._speech.append(interval)

    def add_core(self, smoothed: Prediction, start_seconds: Seconds) -> None:
        """Add the prediction of a core, which ends where the next one begins."""
        answer = smoothed.answer if smoothed.answer != NO_SPEECH else UNCERTAIN
        start_seconds = start_seconds if self._cores else self._position
        self._cores.append(_Core(start_seconds, answer, smoothed.confidence))

    def join(self, settled_seconds: Seconds) -> list[Segment]:
        """Segments that have ended, where speech is known up to a time."""
        end_seconds = self._cores[-1].start_seconds if self._cores else 0.0
        return list(self._join_until(min(end_seconds, settled_seconds)))

    def finish(self, end_seconds: Seconds) -> list[Segment]:
        """The remaining segments of a recording that ends at a time."""
        segments = list(self._join_until(end_seconds)) if self._cores else []
        last, self._current = self._current, None
        self._cores.clear()
        return segments + ([last] if last else [])

    def _join_until(self, end_seconds: Seconds) -> Iterator[Segment]:
        while self._position < end_seconds:
            piece = self._next_piece(end_seconds)
            self._position = piece.end_seconds
            self.seconds[piece.answer] += piece.duration_seconds
            ended = self._extend(piece)
            if ended is not None:
                yield ended

    def _next_piece(self, end_seconds: Seconds) -> Segment:
        """The part from the position on, at most to an end, in which nothing changes."""
        while len(self._cores) > 1 and self._cores[1].start_seconds <= self._position:
            self._cores.popleft()
        while self._speech and self._speech[0].end_seconds <= self._position:
            self._speech.popleft()
        if len(self._cores) > 1:
            end_seconds = min(end_seconds, self._cores[1].start_seconds)
        core, start = self._cores[0], math.inf
        if self._speech:
            start = self._speech[0].start_seconds
        if start > self._position:
            return Segment(self._position, min(end_seconds, start), NO_SPEECH, 0.0)
        end_seconds = min(end_seconds, self._speech[0].end_seconds)
        return Segment(self._position, end_seconds, core.answer, core.confidence)

    def _extend(self, piece: Segment) -> Segment | None:
        """The current segment where this piece ends it, else None: it is extended."""
        ended, self._current = self._current, piece
        if ended is None or ended.answer != piece.answer:
            return ended
        seconds = ended.duration_seconds + piece.duration_seconds
        total = sum(part.confidence * part.duration_seconds for part in (ended, piece))
        start = ended.start_seconds
        self._current = Segment(start, piece.end_seconds, piece.answer, total / seconds)
        return None
