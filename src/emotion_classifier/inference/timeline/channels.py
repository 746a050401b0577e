"""A recording with its timelines: one, or one for each channel."""

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

Outline = npt.NDArray[np.float32]
Tell: TypeAlias = Callable[[Seconds, Seconds], object]
"""Is told how much of a recording has been heard, and its duration."""

_SPEAKERS = 2


@dataclass(frozen=True, eq=False)
class Track:
    """What was heard on one channel, or on all channels mixed.

    Parameters
    ----------
    speaker : who is on the channel; empty where the channels were mixed.
    envelope : (stretch, 2) lowest and highest sample of equal stretches of the recording.
    """

    speaker: str
    timeline: Timeline
    envelope: Outline


@dataclass(frozen=True, eq=False)
class Recorded:
    """A recording and its tracks.

    Parameters
    ----------
    file : its path as the user named it.
    labels : the emotions, in the order of all probabilities.
    tracks : one, or one for each channel in their order.
    """

    file: str
    labels: LabelSet
    tracks: tuple[Track, ...]

    @property
    def duration_seconds(self) -> Seconds:
        """Of the longest track; channels of one file have the same duration."""
        return max(track.timeline.duration_seconds for track in self.tracks)


def hear_mixed(
    predictor: Predictor,
    path: Path,
    *,
    tell: Tell | None = None,
) -> Recorded:
    """A recording as one track, its channels mixed.

    Parameters
    ----------
    predictor, path : as in `analyse`.
    tell : None where nobody waits.

    Raises
    ------
    AudioError
        The recording cannot be decoded; it is decoded once before the model hears it, so that a
        damaged end costs no time.
    """
    with open_audio(path, maximum_seconds=predictor.maximum_seconds) as audio:
        (outline,) = _outlines(
            [Waveform(block, audio.sample_rate).mono()] for block in audio.blocks
        )
    heard = _of(outline, audio.sample_rate, tell)
    timeline = analyse(predictor, path, tell=heard)
    return Recorded(str(path), predictor.labels, (Track("", timeline, outline.bounds),))


def hear_speakers(
    predictor: Predictor,
    path: Path,
    *,
    tell: Tell | None = None,
) -> Recorded:
    """A call with one speaker on each of two channels, as two tracks; see also `hear_mixed`.

    Raises
    ------
    AudioError
        With the code ``channels`` where there are not two, or both hold the same sound.
    ConfigError
        The settings take everything for speech, so that both would speak all the time.
    """
    if predictor.config.onset is None:
        raise ConfigError(
            "without voice activity (onset is null) nobody can say who speaks when: set an onset, "
            "or take --channels mix"
        )
    with open_audio(path, maximum_seconds=predictor.maximum_seconds) as audio:
        outlines = _outlines(_apart(path, audio))
    heard = _of(outlines[0], audio.sample_rate, tell)
    timelines = analyse_channels(predictor, path, tell=heard)
    tracks = tuple(
        Track(f"channel {number}", timeline, outline.bounds)
        for number, (timeline, outline) in enumerate(zip(timelines, outlines, strict=True), 1)
    )
    return Recorded(str(path), predictor.labels, tracks)


def _outlines(blocks: Iterator[list[Samples]]) -> list[Envelope]:
    """The outline of each signal, whose samples (sample,) come block by block."""
    envelopes: list[Envelope] = []
    for block in blocks:
        envelopes = envelopes or [Envelope() for _ in block]
        for envelope, samples in zip(envelopes, block, strict=True):
            envelope.feed(samples)
    return envelopes


def _of(outline: Envelope, sample_rate: Hertz, tell: Tell | None) -> Callable[[Seconds], object]:
    """What is told how much of the recording with that outline has been heard, and passes it on."""
    duration = to_seconds(outline.received, sample_rate)
    return lambda seconds: None if tell is None else tell(seconds, duration)


def _apart(path: Path, audio: AudioStream) -> Iterator[list[Samples]]:
    """The samples of both channels, block by block, if they are those of two speakers."""
    if audio.channels != _SPEAKERS:
        reason = (
            f"the recording has {audio.channels} channel(s), and a call of two speakers has one for "
            "each: take --channels mix"
        )
        raise AudioError(path, "channels", reason)
    differ = False
    for first, second in audio.blocks:
        differ = differ or not np.array_equal(first, second)
        yield [first, second]
    if not differ:
        reason = "both channels hold the same sound, so they cannot tell speakers apart: take --channels mix"
        raise AudioError(path, "channels", reason)
