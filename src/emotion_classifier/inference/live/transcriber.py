"""Words of live speech, recognised in a thread of their own, because that may take its time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval
from emotion_classifier.errors import RecognitionError
from emotion_classifier.inference.asr.phrases import PhraseCutter, Utterance
from emotion_classifier.inference.asr.queue import Backlog
from emotion_classifier.inference.asr.recogniser import Recogniser
from emotion_classifier.inference.asr.transcript import recognise
from emotion_classifier.inference.live.events import NoticeEvent, OverrunEvent, WordsEvent
from emotion_classifier.units import Hertz, Seconds

_CLOSING_SECONDS: Seconds = 0.2  # that a recogniser may take to notice that it was closed

DictationEvent = WordsEvent | NoticeEvent | OverrunEvent


class Dictation:
    """Is fed with stretches of a session and gives its words when they are ready.

    Partial phrases that have become obsolete are skipped; a whole one that is lost is told as an
    overrun. All methods are called from one thread.

    Parameters
    ----------
    recogniser : is closed at the end.
    """

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self._backlog = Backlog()
        self._ready: queue.SimpleQueue[DictationEvent] = queue.SimpleQueue()
        self._cutter: PhraseCutter | None = None
        self._offset_seconds: Seconds = 0.0
        self._phrases = 0  # of the stretches before this one
        self._last_phrase = 0
        self._waiting = 0  # final utterances that are not ready yet
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="recognition", daemon=True)

    def begin(self, sample_rate: Hertz, offset_seconds: Seconds) -> None:
        """Start a stretch of uninterrupted audio, `offset_seconds` after listening began."""
        if not self._thread.is_alive():
            self._thread.start()
        self._cutter = PhraseCutter(sample_rate)
        self._offset_seconds = offset_seconds
        self._phrases = self._last_phrase

    def feed(self, samples: Samples, speech: Sequence[Interval]) -> None:
        """Hear `samples` (sample,) of the stretch.

        Parameters
        ----------
        samples, speech : as in `PhraseCutter.feed`.
        """
        if self._cutter is not None:
            self._put(self._cutter.feed(samples, speech))

    def end(self) -> None:
        """End the stretch: its last phrase is final."""
        if self._cutter is not None:
            self._put(self._cutter.flush())
            self._cutter = None

    def take(self) -> list[DictationEvent]:
        """What became ready since the last call."""
        taken: list[DictationEvent] = []
        while True:
            try:
                taken.append(self._ready.get_nowait())
            except queue.Empty:
                return taken

    @property
    def waiting(self) -> int:
        """How many whole phrases are not ready yet: more than a few will not all be kept."""
        with self._lock:
            return self._waiting

    def close(self, timeout_seconds: Seconds) -> list[DictationEvent]:
        """The rest, after waiting for it that long; what is not ready then is told as lost."""
        self._backlog.close()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)
        self._closing.set()
        self._recogniser.close()
        if self._thread.is_alive():
            self._thread.join(_CLOSING_SECONDS)
        while (late := self._backlog.take(0.0)) is not None:
            self._tell_lost(late)
        return self.take()

    def _put(self, utterances: Iterable[Utterance]) -> None:
        for utterance in utterances:
            self._last_phrase = self._phrases + utterance.id
            self._count(utterance, 1)
            dropped = self._backlog.put(
                replace(
                    utterance,
                    id=self._last_phrase,
                    start_seconds=utterance.start_seconds + self._offset_seconds,
                    speech=tuple(
                        Interval(
                            one.start_seconds + self._offset_seconds,
                            one.end_seconds + self._offset_seconds,
                        )
                        for one in utterance.speech
                    ),
                )
            )
            if dropped is not None:
                self._tell_lost(dropped)

    def _tell_lost(self, utterance: Utterance) -> None:
        self._count(utterance, -1)
        if utterance.is_final:
            milliseconds = 1000.0 * (utterance.end_seconds - utterance.start_seconds)
            self._ready.put(OverrunEvent(utterance.start_seconds, milliseconds, "words"))

    def _count(self, utterance: Utterance, change: int) -> None:
        with self._lock:
            self._waiting += change if utterance.is_final else 0

    def _work(self) -> None:
        while (utterance := self._backlog.take()) is not None:
            if self._closing.is_set():
                self._tell_lost(utterance)
                continue
            try:
                phrase = recognise(self._recogniser, utterance)
            except RecognitionError as error:
                if not self._closing.is_set():  # emotions go on without words
                    moment = utterance.start_seconds
                    self._ready.put(NoticeEvent("recognition-failed", str(error), moment))
                self._tell_lost(utterance)
            else:
                self._count(utterance, -1)
                self._ready.put(WordsEvent(phrase))
