from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.rendering.figures import to_pixels
from emotion_classifier.rendering.spectrograms import SpectrogramPair, spectrogram_grid


def pair(name: str, *, before_seconds: float = 2.0, after_seconds: float = 3.0) -> SpectrogramPair:
    rng = np.random.default_rng(len(name))
    before, after = (
        rng.normal(-40, 10, (int(50 * seconds), 16)).astype(np.float32)
        for seconds in (before_seconds, after_seconds)
    )
    return SpectrogramPair(name, before, after, before_seconds, after_seconds)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_both_columns_share_time_and_colours(count: int) -> None:
    pairs = [pair("x" * (number + 1), before_seconds=2.0 + number) for number in range(count)]
    figure = spectrogram_grid(pairs, "clean", "heard")
    assert len(figure.axes) == 2 * count
    longest = max(3.0, 1.0 + count)
    for before, after in zip(figure.axes[::2], figure.axes[1::2], strict=True):
        limits = [axes.images[0].get_clim() for axes in (before, after)]
        assert limits[0] == limits[1]
        assert before.get_xlim() == after.get_xlim() == (0.0, longest)
        assert after.images[0].get_extent()[1] == 3.0
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == ["clean", "heard"]
    assert [axes.get_ylabel() for axes in figure.axes[::2]] == [one.name for one in pairs]


def test_time_runs_to_the_right_and_high_bands_are_on_top() -> None:
    values = np.zeros((10, 4), np.float32)
    values[8:, 3] = 1.0
    figure = spectrogram_grid([SpectrogramPair("a", values, values, 1.0, 1.0)], "clean", "heard")
    pixels = to_pixels(figure, 100).astype(float)
    left = pixels[:, : pixels.shape[1] // 2]
    box = figure.axes[0].get_window_extent()
    top, bottom = round(len(pixels) - box.y1) + 3, round(len(pixels) - box.y0) - 3
    right, first = round(box.x1) - 3, round(box.x0) + 3
    assert left[top, right].mean() > left[bottom, right].mean() + 50
    assert left[top, right].mean() > left[top, first].mean() + 50


def test_silence_can_be_drawn() -> None:
    silence = np.full((10, 4), -100.0, np.float32)
    figure = spectrogram_grid([SpectrogramPair("a", silence, silence, 1.0, 1.0)], "clean", "heard")
    assert to_pixels(figure, 50).shape[2] == 3
