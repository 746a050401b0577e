"""Events of audio without gaps."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval, Window
from emotion_classifier.inference.events import (
    LiveEvent,
    SegmentEvent,
    SpeechEvent,
    SpeechStartEvent,
    WindowEvent,
)
from emotion_classifier.inference.live.sources import Clock
from emotion_classifier.inference.live.transcriber import Transcriber
from emotion_classifier.inference.streaming.stream import Stream
from emotion_classifier.units import Hertz, Seconds, to_seconds


class ContinuousAudio:
    """Audio from one gap to the next, so that no window holds audio from both sides of a gap.

    Parameters
    ----------
    stream : new.
    offset_seconds : time of the first sample, from the start of the session.
    transcriber : receives the same audio; None for no words.
    """

    def __init__(
        self,
        stream: Stream,
        sample_rate: Hertz,
        *,
        offset_seconds: Seconds,
        clock: Clock,
        transcriber: Transcriber | None,
    ) -> None:
        self.stream = stream
        self._sample_rate = sample_rate
        self._offset_seconds = offset_seconds
        self._clock = clock
        self._transcriber = transcriber
        self._fed_samples = 0
        self._is_speaking = False
        self._arrivals: deque[tuple[Seconds, Seconds]] = deque()  # (end of a chunk, by the clock)
        if transcriber is not None:
            transcriber.begin(sample_rate, offset_seconds)

    def feed(
        self, samples: Samples, arrived_seconds: Seconds, *, newest_only: bool = False
    ) -> Iterator[LiveEvent]:
        """Events after `samples` (sample,).

        Parameters
        ----------
        samples : following those of the last call.
        arrived_seconds : time of their arrival, by the clock.
        newest_only : predict only the last of the windows that are complete.
        """
        self._fed_samples += len(samples)
        self._arrivals.append((self._fed_seconds, arrived_seconds))
        windows = self.stream.feed(samples, newest_only=newest_only)
        yield from self._events(samples, windows, since=self.stream.speaking_since_seconds)

    def end(self) -> Iterator[LiveEvent]:
        """Events of the unfinished window, speech, segment and phrase at the end."""
        yield from self._events(np.zeros(0, np.float32), self.stream.flush(), since=None)
        if self._transcriber is not None:
            self._transcriber.end()

    def _events(
        self, samples: Samples, windows: Iterable[Window], *, since: Seconds | None
    ) -> Iterator[LiveEvent]:
        """Events after `samples`; speech that has not ended began at `since`."""
        yield from self._window_events(windows)
        speech = self.stream.take_speech()
        if self._transcriber is not None:
            unfinished = [] if since is None else [Interval(since, self._fed_seconds)]
            self._transcriber.feed(samples, [*speech, *unfinished])
        yield from self._speech_events(speech, since)
        for segment in self.stream.take_segments():
            yield SegmentEvent.of(segment, offset_seconds=self._offset_seconds)

    @property
    def _fed_seconds(self) -> Seconds:
        return to_seconds(self._fed_samples, self._sample_rate)

    def _window_events(self, windows: Iterable[Window]) -> Iterator[LiveEvent]:
        for window in windows:
            while len(self._arrivals) > 1 and self._arrivals[0][0] < window.end_seconds:
                self._arrivals.popleft()
            yield WindowEvent.of_window(
                window,
                offset_seconds=self._offset_seconds,
                latency_seconds=self._clock.now() - self._arrivals[0][1],
                audio_latency_seconds=max(0.0, self._fed_seconds - window.end_seconds),
            )

    def _speech_events(
        self, ended: Iterable[Interval], since: Seconds | None
    ) -> Iterator[LiveEvent]:
        """Starts and ends, each once: speech may start and end between two calls of `feed`."""
        for interval in ended:
            yield from self._speech_start(interval.start_seconds)
            self._is_speaking = False
            yield SpeechEvent.of(interval, offset_seconds=self._offset_seconds)
        if since is not None:
            yield from self._speech_start(since)

    def _speech_start(self, seconds: Seconds) -> Iterator[LiveEvent]:
        if not self._is_speaking:
            self._is_speaking = True
            yield SpeechStartEvent(seconds=seconds + self._offset_seconds)
