"""Words of live windows, which are recognised after the window was predicted."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator

from emotion_classifier.inference.event_fields import Word
from emotion_classifier.inference.events import LiveEvent, WindowEvent, WordsEvent
from emotion_classifier.inference.live.transcriber import Transcriber, TranscriberEvent
from emotion_classifier.units import Seconds


class WindowWords:
    """Adds the recognised words to the windows of a session.

    Parameters
    ----------
    transcriber : of the session.
    holds : whether windows are held back until their words are final, as in the timeline of a file; if
        not, a window has the words that are known when it is predicted. Events behind a held window
        are held too, except words.
    """

    def __init__(self, transcriber: Transcriber, *, holds: bool) -> None:
        self.holds = holds
        self._transcriber = transcriber
        self._held: deque[LiveEvent] = deque()
        self._phrases: dict[int, WordsEvent] = {}  # newest result of each phrase that may matter
        self._finished_seconds: Seconds = 0.0

    def take(self) -> list[TranscriberEvent]:
        """Events of the transcriber since the last call."""
        finished = self._transcriber.finished_seconds  # read first: its words are in the next line
        return self._received(self._transcriber.take(), finished)

    def close(self, timeout_seconds: Seconds) -> list[TranscriberEvent]:
        """Events of the transcriber until it is closed; see `Transcriber.close`."""
        return self._received(self._transcriber.close(timeout_seconds), math.inf)

    def added_to(self, events: Iterable[LiveEvent]) -> Iterator[LiveEvent]:
        """The events of the session, its windows with words."""
        for event in events:
            if isinstance(event, WordsEvent):
                yield event
            else:
                self._held.append(event)
            yield from self._released()
        self.holds = False
        yield from self._released()

    def _received(
        self, events: list[TranscriberEvent], finished_seconds: Seconds
    ) -> list[TranscriberEvent]:
        for event in events:
            if isinstance(event, WordsEvent):
                self._phrases[event.phrase] = event
        self._finished_seconds = finished_seconds
        return events

    def _released(self) -> Iterator[LiveEvent]:
        while self._held:
            event = self._held[0]
            if isinstance(event, WindowEvent):
                if self.holds and event.end_seconds > self._finished_seconds:
                    return
                self._forget(event.start_seconds)
                event = event.with_words(self._words())
            self._held.popleft()
            yield event

    def _forget(self, seconds: Seconds) -> None:
        """Leave out phrases that end before a window starts: later windows do not start earlier."""
        kept = {key: one for key, one in self._phrases.items() if one.end_seconds > seconds}
        self._phrases = kept

    def _words(self) -> list[Word]:
        return [word for _, phrase in sorted(self._phrases.items()) for word in phrase.words]
