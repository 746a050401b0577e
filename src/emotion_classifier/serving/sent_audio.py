"""Audio of a source that a client sends, kept for a while so that it can be sent again."""

from __future__ import annotations

import threading
from collections import deque

from emotion_classifier.errors import ServiceError
from emotion_classifier.inference.live.sources import Chunk, Source
from emotion_classifier.units import Hertz, Seconds, to_samples, to_seconds

_KEPT_SECONDS: Seconds = 5.0
_POLL_SECONDS: Seconds = 0.1


class SentAudio:
    """The last seconds of a source, captured in a thread.

    A source that can wait does so while its audio is not sent; of another one only the last seconds are kept.

    Parameters
    ----------
    source : of the audio.
    stop : ends it when it is set.
    """

    def __init__(self, source: Source, stop: threading.Event) -> None:
        self.error: Exception | None = None
        """Error that ended the source."""
        self._source, self._stop = source, stop
        self._changed = threading.Condition()
        self._chunks: deque[Chunk] = deque()
        self._sent_to = 0  # position
        self._is_ended = False

    def start(self) -> None:
        """Start to capture."""
        threading.Thread(target=self._capture, name="capture", daemon=True).start()

    def wait_for_format(self) -> tuple[Hertz, int] | None:
        """Sample rate and number of channels, once they are known; None where it is stopped before.

        Raises
        ------
        Exception
            That of the source.
        ServiceError
            The source has no samples.
        """
        with self._changed:
            while not (self._chunks or self._is_ended or self._stop.is_set()):
                self._changed.wait(_POLL_SECONDS)
            if self._chunks:
                return self._chunks[0].sample_rate, len(self._chunks[0].samples)
            if self.error is None and self._stop.is_set():
                return None
            name = self._source.name
            raise self.error or ServiceError("no-samples", f"{name} has no samples")

    def next(self, position: int, ended: threading.Event) -> Chunk | None:
        """The first chunk that ends behind a position; None at the end of the audio or when `ended` is set.

        A source that is silent when it is stopped has ended.
        """
        with self._changed:
            self._sent_to = position
            self._forget()
            while not ended.is_set():
                for chunk in self._chunks:
                    if _end(chunk) > position:
                        return chunk
                is_last = self._stop.is_set()  # a chunk that it has taken still counts
                if self._is_ended or (not self._changed.wait(_POLL_SECONDS) and is_last):
                    return None
        return None

    def _capture(self) -> None:
        try:
            for item in self._source.record(self._stop):
                if isinstance(item, Chunk):
                    self._add(item)
        except Exception as error:  # raised in the caller's thread: this one has no caller
            self.error = error
        finally:
            with self._changed:
                self._is_ended = True
                self._changed.notify_all()

    def _add(self, chunk: Chunk) -> None:
        kept = to_samples(_KEPT_SECONDS, chunk.sample_rate)
        with self._changed:
            while self._source.waits and chunk.position - self._sent_to > kept:
                if self._stop.is_set():
                    return
                self._changed.wait(_POLL_SECONDS)
            self._chunks.append(chunk)
            while _end(chunk) - _end(self._chunks[0]) > 2 * kept:
                self._chunks.popleft()
            self._changed.notify_all()

    def _forget(self) -> None:
        """Keep only some seconds of what was sent."""
        while self._chunks and (
            to_seconds(self._sent_to - _end(self._chunks[0]), self._chunks[0].sample_rate)
            > _KEPT_SECONDS
        ):
            self._chunks.popleft()
        self._changed.notify_all()


def _end(chunk: Chunk) -> int:
    """Position behind the last sample."""
    return chunk.position + int(chunk.samples.shape[1])
