"""Preprocessing of live audio: from the chunks of a source to one channel of finite samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from emotion_classifier.audio.level import peak_dbfs, rms_dbfs
from emotion_classifier.audio.mixdown import Mixdown
from emotion_classifier.audio.waveform import Samples, replace_unusable
from emotion_classifier.inference.events import LevelEvent, NoticeEvent
from emotion_classifier.inference.live.capture import QueuedAudio
from emotion_classifier.inference.live.microphone_check import LevelMonitor
from emotion_classifier.units import Hertz

ALIVE_FROM = 1e-4
"""Amplitude (-80 dBFS) of a connected channel; 16-bit dither stays below it."""


class LiveChannels:
    """The mean of the channels of a device that have had a signal.

    Otherwise a stereo device with one unconnected side would be half as loud. A channel is included
    from the first chunk in which it has a signal; until then all channels are.
    """

    def __init__(self, channels: int) -> None:
        self._alive = np.zeros(channels, bool)
        self._mixed = channels
        self._mixdown = Mixdown()

    def mix(self, samples: Samples) -> Samples:
        """Mono samples (sample,) of finite `samples` (channel, sample)."""
        if samples.size and not self._alive.all():
            self._alive |= np.abs(samples).max(axis=1) >= ALIVE_FROM
        alive = samples[self._alive] if self._alive.any() else samples
        if len(alive) != self._mixed:
            self._mixed, self._mixdown = len(alive), Mixdown()
        return self._mixdown.mix(alive)


class PreprocessedChunk(NamedTuple):
    """Mono samples (sample,), level and notices, and the number of samples that were not finite."""

    samples: Samples
    events: list[NoticeEvent | LevelEvent]
    not_finite_samples: int


class ChunkPreprocessor:
    """Replaces samples that are not finite, mixes to one channel and monitors the level.

    Channels of a device without signal are left out; files are mixed as in prediction.
    """

    def __init__(self, sample_rate: Hertz, channels: int, *, is_device: bool) -> None:
        self.format = (sample_rate, channels)
        self._has_reported_not_finite = False
        self._live_channels = LiveChannels(channels) if is_device else None
        self._mixdown = Mixdown()
        self._monitor = LevelMonitor(sample_rate)

    def process(self, audio: QueuedAudio) -> PreprocessedChunk:
        """One chunk, ready for the stream."""
        events: list[NoticeEvent | LevelEvent] = []
        samples, not_finite = replace_unusable(audio.samples)
        if not_finite and not self._has_reported_not_finite:
            message = (
                "samples are NaN, infinite or absurdly large and are processed as zeros: check the "
                "program that writes them and the sample format"
            )
            start = audio.start_seconds
            events.append(NoticeEvent(code="not-finite", message=message, seconds=start))
            self._has_reported_not_finite = True
        events += self._monitor.feed(samples, audio.end_seconds)
        if self._live_channels is not None:
            mono = self._live_channels.mix(samples)
        else:
            mono = self._mixdown.mix(samples)
        rms, peak = rms_dbfs(mono), peak_dbfs(mono)
        events.append(LevelEvent(seconds=audio.end_seconds, rms_dbfs=rms, peak_dbfs=peak))
        return PreprocessedChunk(mono, events, not_finite)
