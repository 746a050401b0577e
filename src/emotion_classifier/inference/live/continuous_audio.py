"""One uninterrupted stretch of audio and its events."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.timeline import Interval, Window
from emotion_classifier.inference.live.clock import Clock
from emotion_classifier.inference.live.events import Event, SegmentEvent, SpeechEvent, WindowEvent
from emotion_classifier.inference.live.transcriber import Dictation
from emotion_classifier.inference.streaming.stream import Stream
from emotion_classifier.units import Hertz, Seconds, to_seconds


class Stretch:
    """A stream from one hole in the audio to the next, with times since listening began.

    What follows a hole has nothing to do with what precedes it: windows never hold both.

    Parameters
    ----------
    stream : new.
    sample_rate : of what is fed.
    offset_seconds : of the first sample, since listening began.
    clock : tells when a window is answered.
    dictation : hears the same; None where no words are wanted.
    """

    def __init__(
        self,
        stream: Stream,
        sample_rate: Hertz,
        *,
        offset_seconds: Seconds,
        clock: Clock,
        dictation: Dictation | None,
    ) -> None:
        self.stream = stream
        self._sample_rate = sample_rate
        self._offset_seconds = offset_seconds
        self._clock = clock
        self._dictation = dictation
        self._fed_samples = 0
        self._speaking = False
        self._arrivals: deque[tuple[Seconds, Seconds]] = deque()  # (end in the stretch, by clock)
        if dictation is not None:
            dictation.begin(sample_rate, offset_seconds)

    def feed(
        self, samples: Samples, arrived_seconds: Seconds, *, newest_only: bool = False
    ) -> Iterator[Event]:
        """Hear `samples` (sample,), and tell what became known.

        Parameters
        ----------
        samples : after those fed before.
        arrived_seconds : by the clock, when they came.
        newest_only : answer only the last of the windows that become complete.
        """
        self._fed_samples += len(samples)
        self._arrivals.append((self._fed_seconds, arrived_seconds))
        yield from self._tell_windows(self.stream.feed(samples, newest_only=newest_only))
        speech = self.stream.take_speech()
        since = self.stream.speaking_since_seconds
        if self._dictation is not None:
            going_on = [] if since is None else [Interval(since, self._fed_seconds)]
            self._dictation.feed(samples, [*speech, *going_on])
        yield from self._tell_speech(speech, since)
        yield from self._tell_segments()

    def end(self) -> Iterator[Event]:
        """Finish what is open: the last window, speech, segment and phrase."""
        yield from self._tell_windows(self.stream.flush())
        speech = self.stream.take_speech()
        if self._dictation is not None:
            self._dictation.feed(np.zeros(0, np.float32), speech)
            self._dictation.end()
        yield from self._tell_speech(speech, None)
        yield from self._tell_segments()

    @property
    def _fed_seconds(self) -> Seconds:
        return to_seconds(self._fed_samples, self._sample_rate)

    def _tell_windows(self, windows: Iterable[Window]) -> Iterator[Event]:
        for window in windows:
            while len(self._arrivals) > 1 and self._arrivals[0][0] < window.end_seconds:
                self._arrivals.popleft()
            yield WindowEvent(
                replace(
                    window,
                    start_seconds=window.start_seconds + self._offset_seconds,
                    end_seconds=window.end_seconds + self._offset_seconds,
                ),
                latency_seconds=self._clock.now() - self._arrivals[0][1],
                audio_latency_seconds=max(0.0, self._fed_seconds - window.end_seconds),
            )

    def _tell_speech(self, ended: Iterable[Interval], since: Seconds | None) -> Iterator[Event]:
        """Beginnings and ends, each once: a stretch may begin and end between two feeds."""
        for stretch in ended:
            if not self._speaking:
                yield SpeechEvent("start", stretch.start_seconds + self._offset_seconds)
            self._speaking = False
            yield SpeechEvent("stop", stretch.end_seconds + self._offset_seconds)
        if since is not None and not self._speaking:
            self._speaking = True
            yield SpeechEvent("start", since + self._offset_seconds)

    def _tell_segments(self) -> Iterator[Event]:
        for segment in self.stream.take_segments():
            yield SegmentEvent(
                replace(
                    segment,
                    start_seconds=segment.start_seconds + self._offset_seconds,
                    end_seconds=segment.end_seconds + self._offset_seconds,
                )
            )
