"""Contents of the figures of probabilities."""

from __future__ import annotations

import numpy as np

from emotion_classifier.rendering.calibration_plots import Bins, reliability_plot, risk_plot

NOTHING = float("nan")
BINS = Bins(np.array([0.2, NOTHING, 0.9]), np.array([0.1, NOTHING, 0.8]), np.array([3, 0, 5]))
LOWS, HIGHS = np.array([0.0, NOTHING, NOTHING]), np.array([0.3, NOTHING, NOTHING])


def test_empty_bins_have_no_dot() -> None:
    figure = reliability_plot(BINS, LOWS, HIGHS)
    assert np.asarray(figure.axes[0].lines[1].get_xdata()).tolist() == [0.2, 0.9]
    assert len(figure.axes[1].patches) == 3
    assert figure.axes[0].get_legend() is None


def test_the_bins_before_temperature_are_a_second_line() -> None:
    before = BINS._replace(confidence=np.array([0.3, NOTHING, 0.95]))
    figure = reliability_plot(BINS, LOWS, HIGHS, before)
    lines = [np.asarray(line.get_xdata()).tolist() for line in figure.axes[0].lines]
    assert lines == [[0, 1], [0.3, 0.95], [0.2, 0.9]]
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "before temperature",
        "after temperature",
    ]


def test_the_risk_has_a_band_and_the_threshold_of_the_model() -> None:
    coverage, risk = np.array([0.5, 1.0]), np.array([0.1, 0.3])
    figure = risk_plot(coverage, risk, risk - 0.05, risk + 0.05, chosen=(0.9, 0.25))
    curve, dot = figure.axes[0].lines
    assert np.asarray(curve.get_ydata()).tolist() == [0.1, 0.3]
    assert np.asarray(dot.get_xdata()).tolist() == [0.9]
    assert len(figure.axes[0].collections) == 1
