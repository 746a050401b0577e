"""Figure of a timeline."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_hex
from tests.inference.timeline.made_timelines import LABELS, call, channel, mixed, timeline

from emotion_classifier.emotions import LabelSet
from emotion_classifier.emotions.labels import CANONICAL_EMOTIONS
from emotion_classifier.inference.timeline.analyse import RecordingTimelines
from emotion_classifier.inference.timeline.figure import emotion_colours, timeline_figure
from emotion_classifier.rendering.palette import SERIES


def test_an_emotion_has_the_same_colour_in_every_model() -> None:
    every = dict(
        zip(CANONICAL_EMOTIONS, emotion_colours(LabelSet(CANONICAL_EMOTIONS)), strict=True)
    )
    assert len(set(every.values())) == 8
    assert emotion_colours(LABELS) == [every[name] for name in LABELS]
    assert emotion_colours(LabelSet(("bored", "sad"))) == [SERIES[0], every["sad"]]


def test_each_channel_has_a_title_and_its_segments() -> None:
    axes = timeline_figure(call()).axes
    assert [one.get_title(loc="left") for one in axes[::3]] == [
        "my call.wav, channel 1",
        "my call.wav, channel 2",
    ]
    assert [len(one.patches) for one in axes[2::3]] == [4, 4]
    assert timeline_figure(mixed()).axes[0].get_title(loc="left") == "my call.wav"


def test_nothing_is_drawn_without_speech() -> None:
    areas = timeline_figure(mixed()).axes[1].collections
    assert [to_hex(np.asarray(one.get_facecolor())[0]) for one in areas] == emotion_colours(LABELS)
    (first, second) = areas[0].get_paths()
    assert first.get_extents().x1 < second.get_extents().x0


def test_spans_meet_at_the_borders_of_cores() -> None:
    made = timeline(["sad"] * 12, [(0.0, 12.0)])
    recording = RecordingTimelines("a.wav", LABELS, (channel(None, made),))
    (path,) = timeline_figure(recording).axes[1].collections[0].get_paths()
    times = np.unique(np.asarray(path.vertices)[:, 0])
    # Windows of 5 s each second: the core of the second one begins at 1 + (5 - 1) / 2.
    assert times[:3].tolist() == [0.0, 3.0, 4.0]
