"""Figures of sounds before and after a change: waveforms, spectrograms and MFCCs, from arrays."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_classifier.rendering.figures import (
    NOTE_POINTS,
    TEXT_POINTS,
    literal,
    new_figure,
    require_matplotlib,
)
from emotion_classifier.rendering.palette import ACCENT, GROUND, INK, MUTED, SECOND

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

RANGE_DB = 80.0
"""Bands this much quieter than the loudest band of both sounds are drawn black."""
RANGE_DEVIATIONS = 3.0
_HZ_TICKS = (250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000)
_CLOSEST_TICKS = 0.055
_TITLE_LETTERS = 62
_ENVELOPE_COLUMNS = 900
_DARKEST_PERCENTILE = 2.0


@dataclass(frozen=True, eq=False)
class Sound:
    """A waveform and its features.

    Parameters
    ----------
    samples : (sample,).
    log_mel : (frame, mel) in dB.
    mfcc : (frame, coefficient).
    """

    samples: npt.NDArray[np.float32]
    log_mel: npt.NDArray[np.float32]
    mfcc: npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SoundAxes:
    """Axes of the arrays of a `Sound`.

    Parameters
    ----------
    sample_rate : in hertz.
    hop_seconds : from frame to frame.
    band_hz : (mel,) centres of the bands.
    """

    sample_rate: int
    hop_seconds: float
    band_hz: npt.NDArray[np.float64]

    def seconds(self, frames: npt.NDArray[np.float32]) -> tuple[float, float]:
        """Start and end of ``(frame, feature)``: frames are centred on their time."""
        return -0.5 * self.hop_seconds, (len(frames) - 0.5) * self.hop_seconds


def comparison_figure(
    before: Sound, after: Sound, axes: SoundAxes, *, titles: tuple[str, str]
) -> Figure:
    """Two columns that share every scale: waveform, log-mel and MFCC, before and after."""
    shown = ["\n".join(textwrap.wrap(literal(title), _TITLE_LETTERS)) or " " for title in titles]
    height = 6.6 + 0.16 * max(title.count("\n") for title in shown)
    figure, panels = new_figure(10.0, height, rows=3, columns=2, height_ratios=(1.0, 1.7, 1.7))
    sounds = (before, after)
    _waveforms(panels[:2], sounds, axes)
    _log_mels(panels[2:4], sounds, axes)
    _mfccs(panels[4:], sounds, axes)
    for panel, title in zip(panels, shown, strict=False):
        panel.set_title(title, loc="left", fontsize=TEXT_POINTS, color=INK)
    seconds = max(len(sound.samples) for sound in sounds) / axes.sample_rate
    for row, label in enumerate(("amplitude", "log-mel, Hz", "MFCC, coefficient")):
        left, right = panels[2 * row : 2 * row + 2]
        left.set_ylabel(label)
        right.tick_params(labelleft=False)
        for panel in (left, right):
            panel.set_xlim(0.0, seconds)
            panel.tick_params(labelbottom=row == 2)
            panel.set_xlabel("seconds" if row == 2 else "")
    return figure


def _waveforms(panels: Sequence[Axes], sounds: Sequence[Sound], axes: SoundAxes) -> None:
    peak = max(float(np.abs(sound.samples).max(initial=0.0)) for sound in sounds) or 1.0
    for panel, sound in zip(panels, sounds, strict=True):
        # The lowest and the highest sample of the interval that one column of pixels displays.
        samples, columns = sound.samples, _ENVELOPE_COLUMNS
        starts = np.unique(np.linspace(0, len(samples), columns, endpoint=False, dtype=int))
        lows, highs = np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)
        seconds = starts / axes.sample_rate
        panel.fill_between(seconds, lows, highs, color=ACCENT, linewidth=0.5)
        panel.set_ylim(-1.05 * peak, 1.05 * peak)


def _log_mels(panels: Sequence[Axes], sounds: Sequence[Sound], axes: SoundAxes) -> None:
    loudest = max(float(sound.log_mel.max()) for sound in sounds)
    scale = (loudest - RANGE_DB, loudest)
    for panel, sound in zip(panels, sounds, strict=True):
        image = _image(panel, sound.log_mel, "magma", scale, axes.seconds(sound.log_mel))
        panel.set_yticks(*_hertz_ticks(axes.band_hz))
    _colour_bar(panels[1], image, "dB")


def _hertz_ticks(band_hz: npt.NDArray[np.float64]) -> tuple[list[float], list[str]]:
    """Ticks at round frequencies, without overlapping labels."""
    positions: list[float] = []
    labels: list[str] = []
    # Half the sample rate, the edge of the highest band, is slightly above its centre.
    highest = 1.04 * band_hz[-1]
    for hertz in _HZ_TICKS:
        position = float(np.interp(hertz, band_hz, np.arange(len(band_hz))))
        inside = band_hz[0] <= hertz <= highest
        if inside and (not positions or position - positions[-1] > _CLOSEST_TICKS * len(band_hz)):
            positions.append(position)
            labels.append(f"{hertz:,}")
    return positions, labels


def _mfccs(panels: Sequence[Axes], sounds: Sequence[Sound], axes: SoundAxes) -> None:
    """As deviations of the sound before, because the first coefficients outweigh all others."""
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("deviations", [ACCENT, GROUND, SECOND])
    mean = sounds[0].mfcc.mean(axis=0)
    deviation = np.maximum(sounds[0].mfcc.std(axis=0), 1e-6)
    scale = (-RANGE_DEVIATIONS, RANGE_DEVIATIONS)
    for panel, sound in zip(panels, sounds, strict=True):
        standardised = (sound.mfcc - mean) / deviation
        image = _image(panel, standardised, colours, scale, axes.seconds(standardised))
    _colour_bar(panels[1], image, "deviations from the mean before")


def _image(
    panel: Axes,
    values: npt.NDArray[np.float32],
    colours: Colormap | str,
    scale: tuple[float, float],
    seconds: tuple[float, float],
) -> AxesImage:
    extent = (*seconds, -0.5, values.shape[1] - 0.5)
    image = panel.imshow(values.T, colours, origin="lower", aspect="auto", extent=extent)
    image.set(clim=scale, interpolation="nearest")
    panel.grid(visible=False)
    return image


def _colour_bar(panel: Axes, image: AxesImage, label: str) -> None:
    axes = panel.inset_axes((1.025, 0.0, 0.02, 1.0))
    bar = panel.figure.colorbar(image, cax=axes)
    bar.outline.set_visible(False)
    bar.set_label(label, fontsize=NOTE_POINTS, color=MUTED)
    axes.tick_params(labelsize=NOTE_POINTS, labelcolor=MUTED, length=0)


class SpectrogramPair(NamedTuple):
    """Features ``(frame, feature)`` and duration of a sound before and after a change."""

    name: str
    before: npt.NDArray[np.float32]
    after: npt.NDArray[np.float32]
    before_seconds: float
    after_seconds: float


def spectrogram_grid(pairs: Sequence[SpectrogramPair], before: str, after: str) -> Figure:
    """A row for each sound, in the same colours and on the same time axis; the columns have headings."""
    height = 0.75 + 1.15 * len(pairs)
    figure, panels = new_figure(8.0, height, rows=len(pairs), columns=2)
    # Training draws this often, and the automatic layout takes as long as all the rest.
    figure.set_layout_engine(None)
    figure.subplots_adjust(0.04, 0.45 / height, 0.98, 1 - 0.3 / height, 0.06, 0.1)
    longest = max(max(pair.before_seconds, pair.after_seconds) for pair in pairs)
    for row, pair in enumerate(pairs):
        low = float(np.percentile(pair.before, _DARKEST_PERCENTILE))
        high = float(max(pair.before.max(), pair.after.max()))
        columns = ((pair.before, pair.before_seconds), (pair.after, pair.after_seconds))
        for column, (values, seconds) in enumerate(columns):
            panel = panels[2 * row + column]
            _image(panel, values, "magma", (low, high), (0.0, seconds))
            panel.set(xlim=(0.0, longest), yticks=[])
            panel.tick_params(labelbottom=row == len(pairs) - 1)
        panels[2 * row].set_ylabel(literal(pair.name))
    for panel, title in zip(panels, (before, after), strict=False):
        panel.set_title(title, loc="left", fontsize=TEXT_POINTS)
    for panel in panels[-2:]:
        panel.set_xlabel("seconds")
    return figure


def spectrogram_png(samples: npt.NDArray[np.float32], sample_rate: int) -> bytes:
    """An image of the power of `samples` (sample,) over time and frequency up to 8 kHz, without axes.

    A column is a frame of 25 ms every 10 ms; a page has a hundred of these, and axes would take ten
    times as long.
    """
    require_matplotlib()
    from matplotlib import image, mlab

    frame = round(0.025 * sample_rate)
    padded = np.pad(samples, (0, max(0, frame - len(samples))))
    power: npt.NDArray[np.float64]
    power, *_ = map(
        np.asarray,
        mlab.specgram(padded, NFFT=frame, Fs=sample_rate, noverlap=round(0.015 * sample_rate)),
    )
    bands = 1 + round(8_000 * frame / sample_rate)
    decibels = 10 * np.log10(np.maximum(power[:bands], 1e-16))
    loudest = float(decibels.max())
    buffer = io.BytesIO()
    image.imsave(
        buffer, decibels, vmin=loudest - RANGE_DB, vmax=loudest, cmap="magma", origin="lower"
    )
    return buffer.getvalue()
