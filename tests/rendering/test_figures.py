"""Figures as bytes: PNG, and SVG that fits into a page."""

from __future__ import annotations

import io
import re
import struct
import xml.etree.ElementTree as ElementTree
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from emotion_classifier.rendering.figures import literal, new_figure, to_pixels, to_png, to_svg
from emotion_classifier.rendering.palette import ACCENT, DARK, LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _figure(label: str = "x") -> Figure:
    figure, (axes,) = new_figure(4, 3)
    axes.plot([0, 1], [0, 1], color=ACCENT)
    axes.set_xlabel(literal(label))
    return figure


def test_pixels_are_those_of_the_png() -> None:
    with Image.open(io.BytesIO(to_png(_figure(), dots_per_inch=50))) as picture:
        expected = np.asarray(picture.convert("RGB"))
    np.testing.assert_array_equal(to_pixels(_figure(), 50), expected)


def test_pixels_of_a_text_that_the_font_does_not_hold() -> None:
    assert to_pixels(_figure("平静"), 50).shape == (150, 200, 3)


def test_png_has_the_requested_size() -> None:
    png = to_png(_figure(), dots_per_inch=50)
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) == (200, 150)


def test_axes_come_row_by_row() -> None:
    _, axes = new_figure(rows=2, columns=3)
    assert len(axes) == 6
    tops = [one.get_subplotspec().rowspan.start for one in axes]  # type: ignore[union-attr]
    assert tops == [0, 0, 0, 1, 1, 1]


def test_svg_is_one_described_element_the_same_each_time() -> None:
    svg = to_svg(_figure(), 'A "test" <figure>')
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == 'A "test" <figure>'
    assert svg == to_svg(_figure(), 'A "test" <figure>')


def test_svg_colours_follow_the_page() -> None:
    svg = to_svg(_figure(), "test")
    assert f"var(--accent, {ACCENT})" in svg
    assert not re.search(r"(?<!, )#[0-9a-f]{6}", svg)
    assert set(DARK) == set(LIGHT)


def test_two_figures_share_no_id() -> None:
    first, second = (set(re.findall(r' id="([^"]+)"', to_svg(_figure(), n))) for n in ("a", "b"))
    assert first
    assert not first & second


@pytest.mark.parametrize(
    "text", ["costs $1 or $2", r"$\frac{$", "$x$", "愤怒", "url(#a) href=#b id=c", "#1c2026"]
)
def test_text_of_users_is_shown_as_it_is(text: str) -> None:
    root = ElementTree.fromstring(to_svg(_figure(text), "test"))
    assert text in [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]


def test_literal_stays_on_one_line() -> None:
    assert literal("a\n b\t c") == "a b c"
