"""What waits for a recogniser that may be slower than speech."""

from __future__ import annotations

from collections import deque
from threading import Condition

from emotion_classifier.inference.asr.phrases import Utterance
from emotion_classifier.units import Seconds

MAXIMUM_FINALS = 8
"""Final utterances that may wait: at 15 s each and 48 kHz, 23 MB."""


class Backlog:
    """Utterances between the thread that cuts them and the one that recognises them.

    Final ones come first, in order. Of partial ones only the newest waits, until the final one of
    its phrase replaces it. When too many final ones wait, the oldest goes, and the caller is told.
    """

    def __init__(self, maximum_finals: int = MAXIMUM_FINALS) -> None:
        self._maximum = maximum_finals
        self._finals: deque[Utterance] = deque()
        self._partial: Utterance | None = None
        self._open = True
        self._changed = Condition()

    def put(self, utterance: Utterance) -> Utterance | None:
        """Add an utterance; gives the final one that was dropped for it, if one was."""
        dropped = None
        with self._changed:
            self._partial = None if utterance.is_final else utterance
            if utterance.is_final:
                self._finals.append(utterance)
                if len(self._finals) > self._maximum:
                    dropped = self._finals.popleft()
            self._changed.notify()
        return dropped

    def take(self, timeout_seconds: Seconds | None = None) -> Utterance | None:
        """The next utterance; None when none comes in time, or none is left after `close`."""
        with self._changed:
            self._changed.wait_for(self._ready, timeout_seconds)
            if self._finals:
                return self._finals.popleft()
            partial, self._partial = self._partial, None
            return partial

    def close(self) -> None:
        """Nothing will be put any more: `take` gives what is left, and no longer waits."""
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def _ready(self) -> bool:
        return bool(self._finals) or self._partial is not None or not self._open
