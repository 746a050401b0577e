"""Both sounds of a figure share every scale."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from emotion_classifier.rendering.figures import to_pixels, to_png
from emotion_classifier.rendering.sounds import (
    RANGE_DB,
    Sound,
    SoundAxes,
    SpectrogramPair,
    comparison_figure,
    spectrogram_grid,
)

RATE = 8_000
AXES = SoundAxes(RATE, 0.016, np.linspace(20.0, 3_990.0, 40))


def sound(seconds: float, level: float) -> Sound:
    rng = np.random.default_rng(0)
    frames = 1 + int(seconds / AXES.hop_seconds)
    samples = level * rng.uniform(-1.0, 1.0, round(seconds * RATE))
    log_mel = rng.normal(20.0 * np.log10(level), 10.0, (frames, 40))
    mfcc = rng.normal(0.0, 10.0, (frames, 13))
    return Sound(*(values.astype(np.float32) for values in (samples, log_mel, mfcc)))


def panels(before: Sound, after: Sound) -> list[Axes]:
    figure = comparison_figure(before, after, AXES, titles=("before", "after a $ change"))
    assert to_png(figure).startswith(b"\x89PNG")
    return figure.axes[:6]


def test_both_columns_share_every_scale() -> None:
    found = panels(sound(1.0, 0.5), sound(1.5, 0.05))
    assert {one.get_xlim() for one in found} == {(0.0, 1.5)}
    for left, right in zip(found[::2], found[1::2], strict=True):
        assert left.get_ylim() == right.get_ylim()
    for row in (2, 4):
        one, other = (axes.get_images()[0].get_clim() for axes in found[row : row + 2])
        assert one == other


def test_the_loudest_band_of_both_is_the_top_of_the_scale() -> None:
    quiet, loud = sound(1.0, 0.05), sound(1.0, 0.5)
    low, high = panels(quiet, loud)[2].get_images()[0].get_clim()
    assert high == pytest.approx(float(loud.log_mel.max()))
    assert high - low == pytest.approx(RANGE_DB)


def test_bands_are_labelled_in_hertz() -> None:
    axes = panels(sound(1.0, 0.5), sound(1.0, 0.5))[2]
    labels = {
        label.get_text(): place
        for place, label in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
    }
    assert list(labels) == ["250", "500", "1,000", "2,000", "4,000"]
    assert AXES.band_hz[round(labels["2,000"])] == pytest.approx(2_000.0, abs=60.0)


def test_mfcc_are_deviations_of_the_sound_before() -> None:
    before = sound(1.0, 0.5)
    after = Sound(before.samples, before.log_mel, before.mfcc + 2.0 * before.mfcc.std(axis=0))
    found = panels(before, after)
    one, other = (axes.get_images()[0].get_array() for axes in found[4:])
    assert one is not None and other is not None
    np.testing.assert_allclose(one.mean(axis=1), 0.0, atol=1e-4)
    np.testing.assert_allclose(other.mean(axis=1), 2.0, atol=1e-4)


@pytest.mark.parametrize("samples", [1, 3, 200_000])
def test_waveforms_of_any_length_are_drawn_whole(samples: int) -> None:
    waveform = np.zeros(samples, np.float32)
    waveform[-1] = 0.9
    made = sound(1.0, 0.1)
    axes = panels(made, Sound(waveform, made.log_mel, made.mfcc))[1]
    (band,) = axes.collections
    heights = np.asarray(band.get_paths()[0].vertices)[:, 1]
    assert heights.max() == pytest.approx(0.9)


def pair(name: str, *, before_seconds: float = 2.0, after_seconds: float = 3.0) -> SpectrogramPair:
    rng = np.random.default_rng(len(name))
    before, after = (
        rng.normal(-40, 10, (int(50 * seconds), 16)).astype(np.float32)
        for seconds in (before_seconds, after_seconds)
    )
    return SpectrogramPair(name, before, after, before_seconds, after_seconds)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_both_spectrograms_share_time_and_colours(count: int) -> None:
    pairs = [pair("x" * (number + 1), before_seconds=2.0 + number) for number in range(count)]
    figure = spectrogram_grid(pairs, "clean", "augmented")
    assert len(figure.axes) == 2 * count
    longest = max(3.0, 1.0 + count)
    for before, after in zip(figure.axes[::2], figure.axes[1::2], strict=True):
        limits = [axes.images[0].get_clim() for axes in (before, after)]
        assert limits[0] == limits[1]
        assert before.get_xlim() == after.get_xlim() == (0.0, longest)
        assert after.images[0].get_extent()[1] == 3.0
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == ["clean", "augmented"]
    assert [axes.get_ylabel() for axes in figure.axes[::2]] == [one.name for one in pairs]


def test_time_runs_to_the_right_and_high_bands_are_on_top() -> None:
    values = np.zeros((10, 4), np.float32)
    values[8:, 3] = 1.0
    figure = spectrogram_grid(
        [SpectrogramPair("a", values, values, 1.0, 1.0)], "clean", "augmented"
    )
    pixels = to_pixels(figure, 100).astype(float)
    left = pixels[:, : pixels.shape[1] // 2]
    box = figure.axes[0].get_window_extent()
    top, bottom = round(len(pixels) - box.y1) + 3, round(len(pixels) - box.y0) - 3
    right, first = round(box.x1) - 3, round(box.x0) + 3
    assert left[top, right].mean() > left[bottom, right].mean() + 50
    assert left[top, right].mean() > left[top, first].mean() + 50


def test_a_spectrogram_of_silence_can_be_drawn() -> None:
    silence = np.full((10, 4), -100.0, np.float32)
    figure = spectrogram_grid(
        [SpectrogramPair("a", silence, silence, 1.0, 1.0)], "clean", "augmented"
    )
    assert to_pixels(figure, 50).shape[2] == 3
