"""Counters, latencies and the overall prediction of a live session."""

from __future__ import annotations

from collections import Counter, deque

import numpy as np

from emotion_classifier.inference.events import (
    DeviceEvent,
    LiveEvent,
    SessionCounters,
    SpeechEvent,
    SummaryEvent,
    WindowEvent,
    answer_fields,
)
from emotion_classifier.inference.streaming.stream import Stream
from emotion_classifier.inference.streaming.whole import WholeRecording
from emotion_classifier.units import Hertz, Seconds, to_seconds

_LATENCIES = 1000


class SessionStats:
    """Statistics of a live session, in constant memory."""

    def __init__(self) -> None:
        self.dropped_samples = 0
        self.not_finite_samples = 0
        self._processed_samples = 0
        self._duration_seconds: Seconds = 0.0
        self._speech_seconds: Seconds = 0.0
        self._detects_speech = True
        self._events: Counter[str] = Counter()
        self._skipped_windows = 0
        self._device_losses = 0
        self._whole: WholeRecording | None = None
        self._latencies: deque[tuple[Seconds, Seconds]] = deque(maxlen=_LATENCIES)

    def add_samples(self, samples: int, sample_rate: Hertz) -> None:
        """Count processed samples."""
        self._processed_samples += samples
        self._duration_seconds += to_seconds(samples, sample_rate)

    def add_stream(self, stream: Stream) -> None:
        """Add a stream that was flushed."""
        self._skipped_windows += stream.windows_skipped
        if self._whole is None:
            self._whole = stream.whole
        else:
            self._whole.merge(stream.whole)

    def add_event(self, event: LiveEvent) -> None:
        """Count an event."""
        self._events[event.event] += 1
        if isinstance(event, WindowEvent):
            self._detects_speech = event.speech_share is not None
            self._latencies.append(
                (event.latency_seconds or 0.0, event.audio_latency_seconds or 0.0)
            )
        elif isinstance(event, SpeechEvent):
            self._speech_seconds += event.end_seconds - event.start_seconds
        elif isinstance(event, DeviceEvent):
            self._device_losses += event.state == "device-lost"

    def summary(self, received_samples: int) -> SummaryEvent:
        """Last event of the session, of which `received_samples` were received."""
        latencies: list[Seconds | None] = [None, None]
        if self._latencies:
            latencies = [float(p95) for p95 in np.percentile(self._latencies, 95, axis=0)]
        whole = self._whole
        tone = None if whole is None else whole.prediction(self._duration_seconds, None)
        return SummaryEvent(
            **answer_fields(tone),
            duration_seconds=self._duration_seconds,
            speech_seconds=self._speech_seconds if self._detects_speech else None,
            windows=self._events["window"],
            session=SessionCounters(
                received_samples=received_samples,
                processed_samples=self._processed_samples,
                dropped_samples=self.dropped_samples,
                skipped_windows=self._skipped_windows,
                overruns=self._events["overrun"],
                not_finite_samples=self.not_finite_samples,
                device_losses=self._device_losses,
                latency_p95_seconds=latencies[0],
                audio_latency_p95_seconds=latencies[1],
            ),
        )
