"""Words of live speech, recognised in a thread of their own because that may be slow."""

from __future__ import annotations

import math
import queue
import threading
from collections import deque
from collections.abc import Iterable, Sequence

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.errors import RecognitionError
from emotion_classifier.inference.asr.phrases import Phrase, PhraseDetector, recognise
from emotion_classifier.inference.asr.recogniser import Recogniser
from emotion_classifier.inference.events import NoticeEvent, OverrunEvent, WordsEvent
from emotion_classifier.units import Hertz, Seconds

MAXIMUM_FINALS = 8
"""Most final phrases in the queue: at 15 s each and 48 kHz, 23 MB."""

_CLOSING_SECONDS: Seconds = 0.2  # until a recogniser notices that it was closed

TranscriberEvent = WordsEvent | NoticeEvent | OverrunEvent


class RecognitionQueue:
    """Phrases between the thread that detects them and the thread that recognises them.

    Final phrases come first, in order. Of partial ones only the newest is kept, until the final one
    replaces it. When there are too many final ones, `put` drops the oldest and returns it.
    """

    def __init__(self, maximum_finals: int = MAXIMUM_FINALS) -> None:
        self._maximum = maximum_finals
        self._finals: deque[Phrase] = deque()
        self._partial: Phrase | None = None
        self._open = True
        self._changed = threading.Condition()

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
            self._changed.wait_for(
                lambda: self._finals or self._partial or not self._open, timeout_seconds
            )
            if self._finals:
                return self._finals.popleft()
            partial, self._partial = self._partial, None
            return partial

    def close(self) -> None:
        """Announce the last `put`: `take` returns the remaining phrases and no longer waits."""
        with self._changed:
            self._open = False
            self._changed.notify_all()


class Transcriber:
    """Words of the audio of a session, available when they are ready.

    Outdated partial phrases are skipped; a lost final phrase is reported as an overrun. All methods are
    called from one thread. `close` also closes the recogniser.
    """

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self._queue = RecognitionQueue()
        self._ready: queue.SimpleQueue[TranscriberEvent] = queue.SimpleQueue()
        self._detector: PhraseDetector | None = None
        self._next_id = 1
        self._pending: list[Seconds] = []  # start of each final phrase that is not recognised yet
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recognition", daemon=True)

    def begin(self, sample_rate: Hertz, offset_seconds: Seconds) -> None:
        """Start audio without gaps, whose first sample is at `offset_seconds` of the session."""
        if not self._thread.is_alive():
            self._thread.start()
        self._detector = PhraseDetector(
            sample_rate, offset_seconds=offset_seconds, first_id=self._next_id
        )

    def feed(self, samples: Samples, speech: Sequence[Interval]) -> None:
        """Process `samples` (sample,), with the arguments of `PhraseDetector.feed`."""
        if self._detector is not None:
            self._put(self._detector.feed(samples, speech))

    def end(self) -> None:
        """End the audio without gaps: its last phrase is final."""
        if self._detector is not None:
            self._put(self._detector.flush())
            self._next_id = self._detector.next_id
            self._detector = None

    def take(self) -> list[TranscriberEvent]:
        """Events since the last call."""
        return [self._ready.get() for _ in range(self._ready.qsize())]

    @property
    def pending(self) -> int:
        """Number of final phrases that are not recognised yet; of many some will be dropped."""
        with self._lock:
            return len(self._pending)

    @property
    def finished_seconds(self) -> Seconds:
        """Time before which all words were available to `take` when this was read."""
        detector = self._detector
        with self._lock:
            unfinished = [] if detector is None else [detector.finished_seconds]
            return min([*self._pending, *unfinished], default=math.inf)

    def close(self, timeout_seconds: Seconds) -> list[TranscriberEvent]:
        """Wait for the rest and return it; phrases not ready by then are reported as lost."""
        self._queue.close()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)
        self._closing.set()
        self._recogniser.close()
        if self._thread.is_alive():
            self._thread.join(_CLOSING_SECONDS)
        while (late := self._queue.take(0.0)) is not None:
            self._report_lost(late)
        return self.take()

    def _put(self, phrases: Iterable[Phrase]) -> None:
        for phrase in phrases:
            if phrase.is_final:
                with self._lock:
                    self._pending.append(phrase.start_seconds)
            dropped = self._queue.put(phrase)
            if dropped is not None:
                self._report_lost(dropped)

    def _report_lost(self, phrase: Phrase) -> None:
        if phrase.is_final:
            milliseconds = 1000.0 * (phrase.end_seconds - phrase.start_seconds)
            self._ready.put(
                OverrunEvent(seconds=phrase.start_seconds, milliseconds=milliseconds, place="words")
            )
        self._finish(phrase)

    def _finish(self, phrase: Phrase) -> None:
        """Count a phrase as recognised or lost; called after its event is available."""
        if phrase.is_final:
            with self._lock:
                self._pending.remove(phrase.start_seconds)

    def _run(self) -> None:
        while (phrase := self._queue.take()) is not None:
            if self._closing.is_set():
                self._report_lost(phrase)
                continue
            try:
                words = recognise(self._recogniser, phrase)
            except RecognitionError as error:
                if not self._closing.is_set():  # the session goes on without words
                    code, start = "recognition-failed", phrase.start_seconds
                    self._ready.put(NoticeEvent(code=code, message=str(error), seconds=start))
                self._report_lost(phrase)
            else:
                self._ready.put(words)
                self._finish(phrase)
