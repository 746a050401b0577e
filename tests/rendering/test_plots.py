"""Contents of each figure of a report."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import TYPE_CHECKING

import numpy as np
import pytest

from emotion_classifier.rendering.figures import to_svg
from emotion_classifier.rendering.plots import (
    NAMED_ROWS,
    confusion_plot,
    estimate_plot,
    matrix_plot,
    speaker_plot,
    training_plot,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _texts(figure: Figure) -> list[str]:
    root = ElementTree.fromstring(to_svg(figure, "test"))
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def test_confusion_shows_shares_and_counts_and_leaves_an_absent_emotion_empty() -> None:
    texts = _texts(confusion_plot(np.array([[3, 1, 0], [0, 1250, 0], [0, 0, 0]]), ["a", "b", "c"]))
    assert sorted(set(texts) - {"predicted", "true", "a", "b", "c"}) == [
        "1", "1,250", "100%", "25%", "3", "75%",
    ]  # fmt: skip


@pytest.mark.parametrize("emotions", [2, 8, 30])
def test_confusion_grows_with_the_emotions_within_reason(emotions: int) -> None:
    figure = confusion_plot(np.eye(emotions, dtype=np.int64), [f"e{n}" for n in range(emotions)])
    width, height = figure.get_size_inches()
    assert 0.36 * emotions < width < 1.6 + 0.62 * emotions
    assert height < width


def test_a_matrix_leaves_unknown_cells_empty_and_frames_the_marked_ones() -> None:
    values = np.array([[0.5, np.nan], [1.0, 0.25]])
    names = ["a", "b"]
    figure = matrix_plot(
        values, names, names, row_label="from", column_label="to", marked=frozenset({(0, 0)})
    )
    assert sorted(set(_texts(figure)) - {"a", "b", "from", "to"}) == ["100.0%", "25.0%", "50.0%"]
    assert [patch.get_fill() for patch in figure.axes[0].patches].count(False) == 1


def test_a_long_name_is_shortened_in_its_middle() -> None:
    name = "a-very-long-name-of-an-emotion-that-no-reader-has-heard-of"
    figure = confusion_plot(np.eye(2, dtype=np.int64), ["sad", name])
    assert "a-very-long-\N{HORIZONTAL ELLIPSIS}has-heard-of" in _texts(figure)
    figure.draw_without_rendering()
    box = figure.axes[0].get_window_extent()
    assert box.width / figure.dpi > 0.9 * 2 * 0.5


def test_training_shows_each_measure_and_part() -> None:
    values = np.array([1.0, np.nan, 0.5])
    curves = {"loss": {"train": values, "validation": values}, "UAR": {"validation": values}}
    figure = training_plot(curves, np.arange(3.0), chance={"UAR": 0.25}, kept=2.0)
    expected = {"loss", "UAR", "train", "validation", "epoch", "kept epoch", "chance"}
    assert expected <= set(_texts(figure))
    assert [len(axes.lines) for axes in figure.axes] == [3, 3]
    assert np.asarray(figure.axes[1].lines[2].get_ydata()).tolist() == [0.25, 0.25]
    assert figure.axes[0].lines[0].get_xdata().tolist() == [0, 2]  # type: ignore[union-attr]


def test_one_epoch_is_a_dot() -> None:
    figure = training_plot({"loss": {"train": np.array([1.0])}}, np.array([1.0]), chance={})
    assert figure.axes[0].lines[0].get_marker() == "."


def test_speakers_stand_by_rank_and_lose_their_names_when_many() -> None:
    few = _texts(speaker_plot(["low", "high"], np.array([0.1, 0.9]), overall=0.5, chance=0.25))
    assert [text for text in few if text in {"low", "high"}] == ["low", "high"]
    assert {"chance", "all speakers"} <= set(few)
    names = [f"speaker {place}" for place in range(NAMED_ROWS + 1)]
    many = _texts(speaker_plot(names, np.linspace(0, 1, len(names)), overall=0.5, chance=0.25))
    assert not set(names) & set(many)


def test_an_estimate_has_its_interval_or_none() -> None:
    nothing = float("nan")
    figure = estimate_plot(
        ["ours", "chance"], np.array([0.5, 0.25]), np.array([0.4, nothing]),
        np.array([0.6, nothing]), measure="UAR", strong=frozenset({0}),
    )  # fmt: skip
    interval = figure.axes[0].lines[0].get_xdata()
    assert np.asarray(interval).tolist() == [0.4, 0.6]
    assert {"ours", "chance", "UAR"} <= set(_texts(figure))
