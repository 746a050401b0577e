"""Queue of phrases before a recogniser that may be slower than speech."""

from __future__ import annotations

from collections import deque
from threading import Condition

from emotion_classifier.inference.asr.phrases import Phrase
from emotion_classifier.units import Seconds

MAXIMUM_FINALS = 8
"""Most final phrases in the queue: at 15 s each and 48 kHz, 23 MB."""


class RecognitionQueue:
    """Phrases between the thread that detects them and the thread that recognises them.

    Final phrases come first, in order. Of partial ones only the newest is kept, until the final one
    replaces it. When there are too many final ones, `put` drops the oldest and returns it.

    Parameters
    ----------
    maximum_finals : most final phrases.
    """

    def __init__(self, maximum_finals: int = MAXIMUM_FINALS) -> None:
        self._maximum = maximum_finals
        self._finals: deque[Phrase] = deque()
        self._partial: Phrase | None = None
        self._open = True
        self._changed = Condition()

    def put(self, phrase: Phrase) -> Phrase | None:
        """Add a phrase and return the final one that was dropped for it, if any."""
        dropped = None
        with self._changed:
            self._partial = None if phrase.is_final else phrase
            if phrase.is_final:
                self._finals.append(phrase)
                if len(self._finals) > self._maximum:
                    dropped = self._finals.popleft()
            self._changed.notify()
        return dropped

    def take(self, timeout_seconds: Seconds | None = None) -> Phrase | None:
        """Next phrase; None after the timeout, or when none is left after `close`."""
        with self._changed:
            self._changed.wait_for(self._ready, timeout_seconds)
            if self._finals:
                return self._finals.popleft()
            partial, self._partial = self._partial, None
            return partial

    def close(self) -> None:
        """Announce the last `put`: `take` returns the remaining phrases and no longer waits."""
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def _ready(self) -> bool:
        return bool(self._finals) or self._partial is not None or not self._open
