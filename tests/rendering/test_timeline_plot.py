"""Contents of the figure of a timeline."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from emotion_classifier.rendering.annotations import Span
from emotion_classifier.rendering.figures import to_svg, to_svg_document
from emotion_classifier.rendering.palette import DARK, LIGHT
from emotion_classifier.rendering.timeline_plot import (
    TimelinePicture,
    row_seconds,
    timeline_plot,
)

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
            Span(0.01, seconds / 2, "no speech"),
            Span(seconds / 2, seconds, "calm"),
        ],
    )


def texts(figure: Figure) -> list[str]:
    root = ElementTree.fromstring(to_svg(figure, "test"))
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def test_titles_names_and_seconds_are_written() -> None:
    found = texts(timeline_plot([picture()], NAMES, COLOURS))
    assert {"call $1.wav", "calm", "sad", "uncertain", "seconds", "probability"} <= set(found)
    assert found.count("sad") == 1  # in the legend: the span is too short for it
    assert found.count("no speech") == 1  # in the legend: the span is a line


@pytest.mark.parametrize(
    ("seconds", "ticks", "label"),
    [
        (900.0, {"0:00", "2:00", "14:00"}, "minutes:seconds"),
        (1500.0, {"0:00", "1:00", "24:00"}, "minutes:seconds"),
        (4000.0, {"0:00:00", "0:01:00", "1:06:00"}, "hours:minutes:seconds"),
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


def test_long_recordings_have_rows_of_ten_minutes() -> None:
    assert [row_seconds(one) for one in (0.0, 1200.0, 1201.0, 6 * 3600.0, 24 * 3600.0)] == [
        *(1.0, 1200.0, 600.0, 600.0, 1800.0),
    ]
    figure = timeline_plot([picture(1500.0, "left"), picture(1500.0, "right")], NAMES, COLOURS)
    limits = [axes.get_xlim() for axes in figure.axes]
    assert limits == [(start, start + 600.0) for start in (0.0, 600.0, 1200.0) for _ in range(6)]
    calm = [axes.patches[-1] for axes in figure.axes[2::6]]  # from 750 s to the end, over two rows
    assert [to_hex(bar.get_facecolor()) == COLOURS[0] for bar in calm] == [False, True, True]
    assert calm[1].get_extents().x0 < calm[1].get_extents().x1
    assert texts(figure).count("left") == 3


def test_uncertain_is_hatched_and_no_speech_is_a_line() -> None:
    made = replace(picture(), spans=[Span(0.0, 2.0, "uncertain"), Span(2.0, 4.0, "no speech")])
    uncertain, silence = timeline_plot([made], NAMES, COLOURS).axes[2].patches
    assert uncertain.get_hatch() == "////"
    assert not silence.get_hatch()
    assert isinstance(uncertain, Rectangle) and isinstance(silence, Rectangle)
    assert silence.get_height() < 0.2 < uncertain.get_height()


def test_a_picture_file_follows_the_dark_preference() -> None:
    document = to_svg_document(timeline_plot([picture()], NAMES, COLOURS), "test")
    root = ElementTree.fromstring(document)
    style = root.find("{http://www.w3.org/2000/svg}style")
    assert style is not None and "prefers-color-scheme: dark" in str(style.text)
    assert DARK["ground"] in document
    for colour in LIGHT.values():  # each is a variable, but where variables are defined
        assert f": {colour}" not in document.split("</style>", 1)[1]


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
