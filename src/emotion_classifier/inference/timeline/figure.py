"""Timelines of a recording as a figure."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emotion_classifier.emotions import LabelSet
from emotion_classifier.emotions.labels import CANONICAL_EMOTIONS
from emotion_classifier.emotions.prediction import NO_SPEECH
from emotion_classifier.emotions.timeline import Timeline
from emotion_classifier.inference.timeline.analyse import ChannelTimeline, RecordingTimelines
from emotion_classifier.rendering.annotations import Span
from emotion_classifier.rendering.palette import SERIES
from emotion_classifier.rendering.timeline_plot import TimelinePicture, timeline_plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def timeline_figure(recording: RecordingTimelines) -> Figure:
    """Waveform, speech, smoothed probabilities and segments of each channel, one below the other."""
    name, labels = PurePath(recording.file).name, recording.labels
    pictures = [_picture(channel, name, labels) for channel in recording.channels]
    return timeline_plot(pictures, list(labels), emotion_colours(labels))


def emotion_colours(labels: LabelSet) -> list[str]:
    """Colour of each emotion, the same for every model; emotions of the user share them."""
    known = dict(zip(CANONICAL_EMOTIONS, SERIES, strict=True))
    return [known.get(name, SERIES[index % len(SERIES)]) for index, name in enumerate(labels)]


def _picture(channel: ChannelTimeline, name: str, labels: LabelSet) -> TimelinePicture:
    timeline = channel.timeline
    speech = [(one.start_seconds, one.end_seconds) for one in timeline.speech]
    spans = [Span(one.start_seconds, one.end_seconds, one.answer) for one in timeline.segments]
    smoothed = [window.smoothed for window in timeline.windows]
    silence = np.full(len(labels), np.nan)
    shares = [silence if one.answer == NO_SPEECH else one.probabilities for one in smoothed]
    return TimelinePicture(
        title=f"{name}, {channel.speaker}" if channel.speaker else name,
        duration_seconds=timeline.duration_seconds,
        envelope=channel.envelope,
        speech=np.array(speech, np.float64).reshape(-1, 2),
        edges=_edges(timeline),
        shares=np.array(shares, np.float64).reshape(-1, len(labels)),
        spans=spans,
    )


def _edges(timeline: Timeline) -> npt.NDArray[np.float64]:
    """Borders of the cores of the windows (`inference.streaming.windows`), which are those of segments."""
    starts = np.array([one.start_seconds for one in timeline.windows])
    if len(starts) > 1:
        first = timeline.windows[0]
        hop_seconds = starts[1] - starts[0]
        starts += (first.end_seconds - first.start_seconds - hop_seconds) / 2
    end = [timeline.duration_seconds] * min(1, len(starts))  # a click may be too short for a window
    return np.concatenate([[0.0], starts[1:], end])
