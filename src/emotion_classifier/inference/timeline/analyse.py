"""Timelines of a recording, from the same stream as live audio: of its mixed channels, or of each channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.mixdown import Mixdown
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions import LabelSet
from emotion_classifier.emotions.timeline import Interval, Segment, Timeline, Window
from emotion_classifier.errors import AudioError, ConfigError
from emotion_classifier.inference.event_fields import Word
from emotion_classifier.inference.events import WordsEvent
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.recording import Recording, open_recording, path_of
from emotion_classifier.inference.streaming.stream import Stream
from emotion_classifier.units import Hertz, Seconds, to_seconds


@dataclass(frozen=True, eq=False)
class ChannelTimeline:
    """Timeline of one channel, or of all channels mixed.

    Parameters
    ----------
    speaker : name of the speaker on the channel; None where the channels were mixed.
    envelope : (section, 2) lowest and highest sample of equal sections of the recording.
    phrases : with their recognised words, in order; None without recogniser.
    """

    speaker: str | None
    timeline: Timeline
    envelope: npt.NDArray[np.float32]
    phrases: tuple[WordsEvent, ...] | None = None

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """Words of all phrases, in order."""
        return tuple(word for phrase in self.phrases or () for word in phrase.words)


@dataclass(frozen=True, eq=False)
class RecordingTimelines:
    """Timelines of a recording.

    Parameters
    ----------
    file : path as the user named it; empty for audio in memory.
    labels : the emotions, in the order of all probabilities.
    channels : one, or one for each channel in order.
    """

    file: str
    labels: LabelSet
    channels: tuple[ChannelTimeline, ...]

    @property
    def duration_seconds(self) -> Seconds:
        """Duration of the recording."""
        return max(channel.timeline.duration_seconds for channel in self.channels)


def analyse(
    predictor: Predictor,
    recording: Recording,
    *,
    on_progress: Callable[[Seconds], object] | None = None,
) -> Timeline:
    """Timeline of a recording with its channels mixed to one.

    Parameters
    ----------
    predictor : the model and the settings.
    recording : a file, its content, or a waveform.
    on_progress : called again and again with the analysed seconds.

    Raises
    ------
    AudioError
        The recording cannot be decoded, is not finite or too long.
    """
    (timeline,) = analyse_channels(predictor, recording, mix=True, on_progress=on_progress)
    return timeline


def analyse_channels(
    predictor: Predictor,
    recording: Recording,
    *,
    mix: bool = False,
    on_progress: Callable[[Seconds], object] | None = None,
) -> list[Timeline]:
    """Timeline of each channel of a recording, or only that of the mixed channels; see `analyse`."""
    collectors: list[_Collector] = []
    mixdown = Mixdown() if mix else None
    with open_recording(recording, predictor.maximum_seconds) as audio:
        for block in audio.blocks:
            found = _signals(block, mixdown)
            collectors = collectors or [
                _Collector(predictor.stream(audio.sample_rate)) for _ in found
            ]
            for collector, samples in zip(collectors, found, strict=True):
                collector.collect(collector.stream.feed(samples))
            if on_progress is not None:
                on_progress(collectors[0].stream.duration_seconds)
    warning = None if mixdown is None else mixdown.warning
    return [collector.finish(path_of(recording), warning) for collector in collectors]


def analyse_file(
    predictor: Predictor,
    recording: Recording,
    *,
    mix: bool,
    on_progress: Callable[[Seconds, Seconds], object] | None = None,
) -> RecordingTimelines:
    """Timeline and envelope of the mixed channels of a recording, or of each of two speakers.

    It is decoded once before the analysis, so that a damaged end costs no time.

    Parameters
    ----------
    mix : whether to mix the channels; if not, the file is a call with one speaker on each of two channels.
    on_progress : called again and again with the analysed seconds and the duration.

    Raises
    ------
    AudioError
        See `analyse`; without `mix` also, with the code ``channels``, if there are not two channels, or
        both are equal.
    ConfigError
        The settings disable voice activity detection, without which turn taking is unknown.
    """
    require_activity(predictor, mix=mix)
    envelopes, sample_rate = _envelopes(predictor, recording, mix=mix)
    duration = to_seconds(envelopes[0].received, sample_rate)

    def progress(seconds: Seconds) -> None:
        if on_progress is not None:
            on_progress(seconds, duration)

    timelines = analyse_channels(predictor, recording, mix=mix, on_progress=progress)
    channels = tuple(
        ChannelTimeline(None if mix else f"channel {number}", timeline, envelope.bounds)
        for number, (timeline, envelope) in enumerate(zip(timelines, envelopes, strict=True), 1)
    )
    return RecordingTimelines(str(path_of(recording) or ""), predictor.labels, channels)


def require_activity(predictor: Predictor, *, mix: bool) -> None:
    """Raise a `ConfigError` where channels stay separate without voice activity detection."""
    if not mix and predictor.config.onset is None:
        raise ConfigError(
            "without voice activity detection (onset is null) turn taking is unknown: set an onset, "
            "or use --channels mix"
        )


class Envelope:
    """Lowest and highest sample of equal sections of a recording, in constant memory.

    Parameters
    ----------
    maximum_sections : even; when all are used, pairs are merged.
    """

    def __init__(self, maximum_sections: int = 65_536) -> None:
        self.received = 0
        """Number of samples so far."""
        self.samples_per_section = 1
        """Number of samples in each section; the last may have fewer."""
        self._bounds = np.zeros((maximum_sections, 2), np.float32)

    @property
    def bounds(self) -> npt.NDArray[np.float32]:
        """``(section, 2)``: lowest and highest sample."""
        return self._bounds[: -(-self.received // self.samples_per_section)].copy()

    def feed(self, samples: Samples) -> None:
        """Add the next samples ``(sample,)``, any number of them."""
        while len(samples):
            free = len(self._bounds) * self.samples_per_section - self.received
            if free == 0:
                self._merge()
            else:
                self._add(samples[:free])
                samples = samples[free:]

    def _add(self, samples: Samples) -> None:
        first, inside = divmod(self.received, self.samples_per_section)
        starts = np.arange(-inside, len(samples), self.samples_per_section).clip(0)
        lows = np.minimum.reduceat(samples, starts)
        highs = np.maximum.reduceat(samples, starts)
        if inside:
            lows[0] = min(lows[0], self._bounds[first, 0])
            highs[0] = max(highs[0], self._bounds[first, 1])
        self._bounds[first : first + len(starts)] = np.stack([lows, highs], axis=1)
        self.received += len(samples)

    def _merge(self) -> None:
        pairs = self._bounds.reshape(-1, 2, 2)
        self._bounds[: len(pairs), 0] = pairs[:, :, 0].min(axis=1)
        self._bounds[: len(pairs), 1] = pairs[:, :, 1].max(axis=1)
        self.samples_per_section *= 2


class _Collector:
    """Collects the results of a stream."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._windows: list[Window] = []
        self._segments: list[Segment] = []
        self._speech: list[Interval] = []

    def collect(self, windows: list[Window]) -> None:
        self._windows += windows
        self._segments += self.stream.take_segments()
        self._speech += self.stream.take_speech()

    def finish(self, path: Path | None, warning: str | None) -> Timeline:
        self.collect(self.stream.flush())
        if count := self.stream.samples_not_finite:
            reason = f"{count} samples are NaN, infinite or absurdly large, where full scale is 1: repair them"
            raise AudioError(path, "not-finite", reason)
        return Timeline(
            duration_seconds=self.stream.duration_seconds,
            windows=tuple(self._windows),
            segments=tuple(self._segments),
            speech=tuple(self._speech),
            tone=self.stream.tone,
            warning=warning,
        )


def _signals(block: Samples, mixdown: Mixdown | None) -> list[Samples]:
    """Samples (sample,) of the mixed channels, or of each channel."""
    return list(block) if mixdown is None else [mixdown.mix(block)]


def _envelopes(
    predictor: Predictor, recording: Recording, *, mix: bool
) -> tuple[list[Envelope], Hertz]:
    """Envelope of each signal, and their sample rate; separate channels must be those of two speakers."""
    path = path_of(recording)
    with open_recording(recording, predictor.maximum_seconds) as audio:
        if not mix and audio.channels != 2:
            reason = (
                f"the recording has {audio.channels} channel(s), and a call of two speakers has one "
                "for each: use --channels mix"
            )
            raise AudioError(path, "channels", reason)
        envelopes: list[Envelope] = []
        differ = False
        mixdown = Mixdown()
        for block in audio.blocks:
            mixed = mixdown.mix(block)
            found = [mixed] if mix else list(block)
            differ = differ or not np.array_equal(found[0], found[-1])
            envelopes = envelopes or [Envelope() for _ in found]
            for envelope, samples in zip(envelopes, found, strict=True):
                envelope.feed(samples)
    if not mix and (not differ or mixdown.is_in_opposite_phase):
        relation = "in opposite phase" if differ else "equal"
        reason = (
            f"both channels are {relation}, so they do not separate speakers: use --channels mix"
        )
        raise AudioError(path, "channels", reason)
    return envelopes, audio.sample_rate
