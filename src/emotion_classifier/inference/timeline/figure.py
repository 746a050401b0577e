"""A recording's timelines as a figure."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emotion_classifier.emotions import LabelSet
from emotion_classifier.emotions.labels import CANONICAL_EMOTIONS
from emotion_classifier.emotions.prediction import NO_SPEECH
from emotion_classifier.emotions.timeline import Timeline, Window
from emotion_classifier.inference.timeline.channels import Recorded, Track
from emotion_classifier.rendering.annotations import Span
from emotion_classifier.rendering.palette import SERIES
from emotion_classifier.rendering.timeline_plot import TimelinePicture, timeline_plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def timeline_figure(recorded: Recorded) -> Figure:
    """Outline, speech, smoothed probabilities and segments of each track, one below the other."""
    name = PurePath(recorded.file).name
    pictures = [_picture(track, name, recorded.labels) for track in recorded.tracks]
    return timeline_plot(pictures, list(recorded.labels), emotion_colours(recorded.labels))


def emotion_colours(labels: LabelSet) -> list[str]:
    """A colour for each emotion, the same for every model; those of others are used again."""
    known = dict(zip(CANONICAL_EMOTIONS, SERIES, strict=True))
    return [known.get(name, SERIES[place % len(SERIES)]) for place, name in enumerate(labels)]


def _picture(track: Track, name: str, labels: LabelSet) -> TimelinePicture:
    timeline = track.timeline
    speech = [(one.start_seconds, one.end_seconds) for one in timeline.speech]
    spans = [Span(one.start_seconds, one.end_seconds, one.answer) for one in timeline.segments]
    return TimelinePicture(
        title=f"{name}, {track.speaker}" if track.speaker else name,
        duration_seconds=timeline.duration_seconds,
        envelope=track.envelope,
        speech=np.array(speech, np.float64).reshape(-1, 2),
        edges=_edges(timeline),
        shares=np.array([_shares(window) for window in timeline.windows]).reshape(-1, len(labels)),
        spans=spans,
    )


def _edges(timeline: Timeline) -> npt.NDArray[np.float64]:
    """Between the cores of the windows, as in `inference.streaming.windows`, so that segments fit to them."""
    starts = np.array([one.start_seconds for one in timeline.windows])
    if len(starts) > 1:
        first = timeline.windows[0]
        hop_seconds = starts[1] - starts[0]
        starts += (first.end_seconds - first.start_seconds - hop_seconds) / 2
    end = [timeline.duration_seconds] * min(1, len(starts))  # a click may be too short for a window
    return np.concatenate([[0.0], starts[1:], end])


def _shares(window: Window) -> npt.NDArray[np.float64]:
    """Smoothed probabilities; NaN where nobody speaks, whose probabilities say nothing."""
    shares = window.smoothed.probabilities.astype(np.float64)
    return np.full_like(shares, np.nan) if window.smoothed.answer == NO_SPEECH else shares
