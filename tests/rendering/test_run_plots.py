from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.rendering.run_plots import RunCurves, comparison_plot


def curves(label: str, interval: tuple[float, float] | None = (0.4, 0.6)) -> RunCurves:
    return RunCurves(
        label,
        np.arange(1.0, 4.0),
        np.array([0.2, 0.4, 0.5]),
        np.array([2.0, 1.5, 1.4]),
        0.5,
        0.45,
        interval,
    )


def test_the_panels_have_a_curve_and_a_row_for_each_run() -> None:
    uar, loss, scores = comparison_plot([curves("a"), curves("b", None)]).axes
    assert len(uar.lines) == len(loss.lines) == 2
    assert [text.get_text() for text in scores.get_yticklabels()] == ["a", "b"]
    assert len(scores.lines) == 3 + 2  # of the second no interval
    assert np.asarray(scores.lines[0].get_xdata()).tolist() == [0.4, 0.6]


@pytest.mark.parametrize("count", [1, 9, 60])
def test_the_first_runs_have_colours_of_their_own(count: int) -> None:
    figure = comparison_plot([curves(f"run-{number}") for number in range(count)])
    colours = [str(line.get_color()) for line in figure.axes[0].lines][::-1]
    assert len(set(colours[:8])) == min(count, 8)
    assert len(set(colours[8:])) <= 1
    assert figure.get_figheight() >= 0.19 * count


def test_a_long_label_keeps_its_end() -> None:
    figure = comparison_plot([curves("learning_rate-0.001-network-cnn-channels-4-8-seed-$0")])
    (label,) = (text.get_text() for text in figure.axes[2].get_yticklabels())
    assert label.endswith(r"seed-\$0") and len(label) < 45
