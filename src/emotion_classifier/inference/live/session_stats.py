"""What became of every sample, and how late the answers were."""

from __future__ import annotations

from collections import deque

import numpy as np

from emotion_classifier.emotions import LabelSet
from emotion_classifier.inference.live.events import (
    DeviceEvent,
    Event,
    OverrunEvent,
    SummaryEvent,
    WindowEvent,
)
from emotion_classifier.inference.streaming.smoothing import RunningMean
from emotion_classifier.inference.streaming.stream import Stream
from emotion_classifier.units import Hertz, Seconds, to_seconds

_LATENCIES = 1000


class Tally:
    """Counts what listening does; its memory does not grow."""

    def __init__(self) -> None:
        self.processed_samples = 0
        self.dropped_samples = 0
        self.skipped_windows = 0
        self.not_finite_samples = 0
        self._audio_seconds: Seconds = 0.0
        self._windows = 0
        self._overruns = 0
        self._device_losses = 0
        self._tone: RunningMean | None = None
        self._labels: LabelSet | None = None
        self._latencies: deque[tuple[Seconds, Seconds]] = deque(maxlen=_LATENCIES)

    def process(self, samples: int, sample_rate: Hertz) -> None:
        """Count samples that were heard."""
        self.processed_samples += samples
        self._audio_seconds += to_seconds(samples, sample_rate)

    def end_stretch(self, stream: Stream) -> None:
        """Count what a stream of uninterrupted audio, now flushed, has counted itself."""
        self.skipped_windows += stream.windows_skipped
        if (tone := stream.tone) is not None:
            self._tone = self._tone or RunningMean(len(tone.labels), None)
            self._labels = tone.labels
            # By its speech, as windows weigh in a stretch, and not by the silence around that.
            self._tone.add(tone.probabilities, 1.0, stream.tone_weight_seconds)

    def note(self, event: Event) -> None:
        """Count what an event tells."""
        if isinstance(event, WindowEvent):
            self._windows += 1
            self._latencies.append((event.latency_seconds, event.audio_latency_seconds))
        elif isinstance(event, OverrunEvent):
            self._overruns += 1
        elif isinstance(event, DeviceEvent):
            self._device_losses += event.state == "device-lost"

    def summary(self, received_samples: int) -> SummaryEvent:
        """The end of it, when `received_samples` have come."""
        latencies: list[Seconds | None] = [None, None]
        if self._latencies:
            latencies = [float(p95) for p95 in np.percentile(self._latencies, 95, axis=0)]
        return SummaryEvent(
            received_samples=received_samples,
            processed_samples=self.processed_samples,
            dropped_samples=self.dropped_samples,
            audio_seconds=self._audio_seconds,
            windows=self._windows,
            skipped_windows=self.skipped_windows,
            overruns=self._overruns,
            not_finite_samples=self.not_finite_samples,
            device_losses=self._device_losses,
            latency_p95_seconds=latencies[0],
            audio_latency_p95_seconds=latencies[1],
            tone=self._mean_tone(),
        )

    def _mean_tone(self) -> dict[str, float] | None:
        mean = None if self._tone is None else self._tone.mean()
        if mean is None or self._labels is None:
            return None
        return dict(zip(self._labels, mean.probabilities.tolist(), strict=True))
