"""Timelines of a recording: of its mixed channels, or of each channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.envelope import Envelope
from emotion_classifier.audio.io import AudioStream, open_audio
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.emotions import LabelSet
from emotion_classifier.emotions.timeline import Timeline
from emotion_classifier.errors import AudioError, ConfigError
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.timeline.analyse import analyse, analyse_channels
from emotion_classifier.units import Hertz, Seconds, to_seconds

OnProgress: TypeAlias = Callable[[Seconds, Seconds], object]
"""Called with the analysed seconds and the duration."""

_SPEAKERS = 2


@dataclass(frozen=True, eq=False)
class ChannelTimeline:
    """Timeline of one channel, or of all channels mixed.

    Parameters
    ----------
    speaker : name of the speaker on the channel; None where the channels were mixed.
    timeline : of the channel.
    envelope : (interval, 2) lowest and highest sample of equal intervals of the recording.
    """

    speaker: str | None
    timeline: Timeline
    envelope: npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class RecordingTimelines:
    """Timelines of a recording.

    Parameters
    ----------
    file : path as the user named it.
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


def analyse_mixed(
    predictor: Predictor,
    path: Path,
    *,
    on_progress: OnProgress | None = None,
) -> RecordingTimelines:
    """Timeline of a recording with its channels mixed.

    Parameters
    ----------
    predictor, path : as in `analyse`.
    on_progress : called again and again.

    Raises
    ------
    AudioError
        The recording cannot be decoded. It is decoded once before the analysis, so that a damaged end
        costs no time.
    """
    with open_audio(path, maximum_seconds=predictor.maximum_seconds) as audio:
        (envelope,) = _envelopes(
            [Waveform(block, audio.sample_rate).mono()] for block in audio.blocks
        )
    progress = _with_duration(on_progress, envelope, audio.sample_rate)
    timeline = analyse(predictor, path, on_progress=progress)
    channel = ChannelTimeline(None, timeline, envelope.bounds)
    return RecordingTimelines(str(path), predictor.labels, (channel,))


def analyse_speakers(
    predictor: Predictor,
    path: Path,
    *,
    on_progress: OnProgress | None = None,
) -> RecordingTimelines:
    """Timelines of a call with one speaker on each of two channels; see also `analyse_mixed`.

    Raises
    ------
    AudioError
        With the code ``channels`` if there are not two channels, or both are equal.
    ConfigError
        The settings disable voice activity detection, without which turn taking is unknown.
    """
    if predictor.config.onset is None:
        raise ConfigError(
            "without voice activity detection (onset is null) turn taking is unknown: set an onset, "
            "or use --channels mix"
        )
    with open_audio(path, maximum_seconds=predictor.maximum_seconds) as audio:
        envelopes = _envelopes(_speaker_blocks(path, audio))
    progress = _with_duration(on_progress, envelopes[0], audio.sample_rate)
    timelines = analyse_channels(predictor, path, on_progress=progress)
    channels = tuple(
        ChannelTimeline(f"channel {number}", timeline, envelope.bounds)
        for number, (timeline, envelope) in enumerate(zip(timelines, envelopes, strict=True), 1)
    )
    return RecordingTimelines(str(path), predictor.labels, channels)


def _envelopes(blocks: Iterator[list[Samples]]) -> list[Envelope]:
    """Envelope of each signal, whose samples (sample,) come in blocks."""
    envelopes: list[Envelope] = []
    for block in blocks:
        envelopes = envelopes or [Envelope() for _ in block]
        for envelope, samples in zip(envelopes, block, strict=True):
            envelope.feed(samples)
    return envelopes


def _with_duration(
    on_progress: OnProgress | None, envelope: Envelope, sample_rate: Hertz
) -> Callable[[Seconds], object]:
    """`on_progress` with the duration of the recording of that envelope as its second argument."""
    duration = to_seconds(envelope.received, sample_rate)
    return lambda seconds: None if on_progress is None else on_progress(seconds, duration)


def _speaker_blocks(path: Path, audio: AudioStream) -> Iterator[list[Samples]]:
    """Blocks of both channels; an error if they are not those of two speakers."""
    if audio.channels != _SPEAKERS:
        reason = (
            f"the recording has {audio.channels} channel(s), and a call of two speakers has one for "
            "each: use --channels mix"
        )
        raise AudioError(path, "channels", reason)
    differ = False
    for first, second in audio.blocks:
        differ = differ or not np.array_equal(first, second)
        yield [first, second]
    if not differ:
        reason = "both channels are equal, so they do not separate speakers: use --channels mix"
        raise AudioError(path, "channels", reason)
