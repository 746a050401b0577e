"""Contents of the figure of values against the signal-to-noise ratio."""

from __future__ import annotations

import numpy as np

from emotion_classifier.rendering.curves import Curve, snr_plot


def test_each_measure_is_a_panel_and_noise_grows_to_the_right() -> None:
    x, values = np.array([20.0, 0.0]), np.array([0.9, 0.4])
    curve = Curve(x, values, values - 0.1, values + 0.1)
    nothing = curve._replace(low=np.full(2, np.nan), high=np.full(2, np.nan))
    figure = snr_plot(
        {"unchanged": {"music": curve, "white": nothing}, "UAR": {"music": curve}},
        {"UAR": {"clean": 0.7}},
    )
    first, second = figure.axes
    assert [len(first.lines), len(second.lines)] == [2, 2]
    left, right = first.get_xlim()
    assert left > right
    assert np.asarray(second.lines[1].get_ydata()).tolist() == [0.7, 0.7]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["music", "white"]
    figure.draw_without_rendering()
