"""The latest samples of a stream."""

from __future__ import annotations

from collections import deque

import numpy as np

from emotion_classifier.audio.waveform import Samples


class RecentSamples:
    """Samples by their position in an endless stream, as long as they are not forgotten.

    Chunks are kept as they came, so that adding one costs the same whatever is kept.
    """

    def __init__(self) -> None:
        self._chunks: deque[tuple[int, Samples]] = deque()
        self.received = 0
        """How many samples came so far, forgotten ones included."""

    @property
    def start(self) -> int:
        """Position of the first sample that is kept."""
        return self._chunks[0][0] if self._chunks else self.received

    def append(self, samples: Samples) -> None:
        """Add ``(sample,)``, which is kept as it is and must not change any more."""
        if len(samples):
            self._chunks.append((self.received, samples))
            self.received += len(samples)

    def between(self, start: int, end: int) -> Samples:
        """Samples ``(sample,)`` from `start` to before `end`, which must be kept."""
        parts = [
            chunk[max(0, start - at) : end - at]
            for at, chunk in self._chunks
            if at < end and start < at + len(chunk)
        ]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def forget(self, before: int) -> None:
        """Let go of what lies before a position, as far as whole chunks do."""
        while self._chunks and self._chunks[0][0] + len(self._chunks[0][1]) <= before:
            self._chunks.popleft()
