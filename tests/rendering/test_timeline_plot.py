"""Contents of the figure of a timeline."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.colors import to_hex

from emotion_classifier.rendering.annotations import Span
from emotion_classifier.rendering.figures import to_svg
from emotion_classifier.rendering.timeline_plot import TimelinePicture, timeline_plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMES, COLOURS = ["calm", "sad"], ["#00ff00", "#0000ff"]


def picture(seconds: float = 4.0, title: str = "call $1.wav") -> TimelinePicture:
    return TimelinePicture(
        title=title,
        duration_seconds=seconds,
        envelope=np.tile(np.array([-0.2, 0.3], np.float32), (20, 1)),
        speech=np.array([[0.5, 1.0]]),
        edges=np.array([0.0, 1.0, 2.0, seconds]),
        shares=np.array([[0.25, 0.75], [np.nan, np.nan], [1.0, 0.0]]),
        spans=[
            Span(0.0, 0.01, "sad"),
            Span(0.01, seconds / 2, "silence"),
            Span(seconds / 2, seconds, "calm"),
        ],
    )


def texts(figure: Figure) -> list[str]:
    root = ElementTree.fromstring(to_svg(figure, "test"))
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def test_titles_names_and_seconds_are_written() -> None:
    found = texts(timeline_plot([picture()], NAMES, COLOURS))
    assert {"call $1.wav", "calm", "sad", "silence", "seconds", "probability"} <= set(found)
    assert found.count("sad") == 1  # in the legend: the span is too short for it


@pytest.mark.parametrize(
    ("seconds", "ticks", "label"),
    [
        (900.0, {"0:00", "2:00", "14:00"}, "minutes:seconds"),
        (9000.0, {"0:00:00", "0:15:00", "2:30:00"}, "hours:minutes:seconds"),
        (200_000.0, {"0:00:00", "6:00:00", "54:00:00"}, "hours:minutes:seconds"),
    ],
)
def test_long_recordings_are_labelled_by_the_clock(
    seconds: float, ticks: set[str], label: str
) -> None:
    assert ticks | {label} <= set(texts(timeline_plot([picture(seconds)], NAMES, COLOURS)))


def test_shares_are_steps_and_empty_where_there_are_none() -> None:
    areas = timeline_plot([picture()], NAMES, COLOURS).axes[1].collections
    assert [to_hex(np.asarray(area.get_facecolor())[0]) for area in areas] == COLOURS
    calm, sad = ([path.get_extents().bounds for path in area.get_paths()] for area in areas)
    assert calm == [(0.0, 0.0, 1.0, 0.25), (2.0, 0.0, 2.0, 1.0)]
    assert sad == [(0.0, 0.25, 1.0, 0.75), (2.0, 1.0, 2.0, 0.0)]


def test_spans_have_the_colour_of_their_name_or_none() -> None:
    bars = timeline_plot([picture()], NAMES, COLOURS).axes[2].patches
    found = [to_hex(bar.get_facecolor()) for bar in bars]
    assert (found[0], found[2]) == (COLOURS[1], COLOURS[0])
    assert found[1] not in COLOURS


def test_each_channel_has_its_panels_on_one_time_axis() -> None:
    figure = timeline_plot([picture(title="left"), picture(9.0, "right")], NAMES, COLOURS)
    assert len(figure.axes) == 6
    assert {axes.get_xlim() for axes in figure.axes} == {(0.0, 9.0)}
    assert {"left", "right"} <= set(texts(figure))


def test_digital_silence_is_drawn_as_a_line() -> None:
    silent = picture()
    silent.envelope[:] = 0.0
    low, high = timeline_plot([silent], NAMES, COLOURS).axes[0].get_ylim()
    assert low < 0 < high
