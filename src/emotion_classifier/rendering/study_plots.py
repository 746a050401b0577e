"""The figures of a study: estimates of many cells side by side, and effects with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_classifier.rendering.figures import NOTE_POINTS, TEXT_POINTS, literal, new_figure
from emotion_classifier.rendering.palette import ACCENT, INK, MUTED, SECOND, SERIES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLOURS = (ACCENT, SECOND, SERIES[1], SERIES[5], SERIES[2], SERIES[6], SERIES[4], SERIES[0])
_MARKERS = "osD^vPX*"


class Bar(NamedTuple):
    """A value with the bounds of its interval; NaN bounds where there is none."""

    value: float
    low: float
    high: float


def grouped_estimates(
    rows: Mapping[str, Mapping[str, Bar]],
    *,
    measure: str,
    chance: float | None = None,
) -> Figure:
    """Estimates with their intervals: a row for each name, a colour for each series in it.

    Parameters
    ----------
    rows : row, from top to bottom → series → estimate.
    measure : name of the values, which are shares.
    chance : value at chance level, as a vertical line.
    """
    from matplotlib.ticker import MaxNLocator

    series = list(dict.fromkeys(name for row in rows.values() for name in row))
    height = 0.16 * max(2, len(series)) + 0.14
    figure, (axes,) = new_figure(5.0, 1.0 + height * len(rows) + 0.17 * ((len(series) + 2) // 3))
    offsets = (np.arange(len(series)) - (len(series) - 1) / 2) * 0.7 / max(2, len(series))
    for number, name in enumerate(series):
        colour = _COLOURS[number % len(_COLOURS)]
        found = [(row, bars[name]) for row, bars in enumerate(rows.values()) if name in bars]
        at = [row + offsets[number] for row, _ in found]
        axes.hlines(
            at, [b.low for _, b in found], [b.high for _, b in found], color=colour, alpha=0.5
        )
        axes.plot(
            [b.value for _, b in found],
            at,
            linestyle="none",
            marker=_MARKERS[number % len(_MARKERS)],
            markersize=4.5,
            color=colour,
            label=literal(name),
        )
    if chance is not None:
        axes.axvline(chance, color=MUTED, linewidth=1, dashes=(4, 2), label="chance")
    axes.set_yticks(range(len(rows)), [literal(name) for name in rows])
    axes.tick_params(axis="y", length=0, labelcolor=INK, labelsize=TEXT_POINTS)
    axes.set(ylim=(len(rows) - 0.4, -0.6), xlabel=measure)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter("{x:.0%}")
    if len(series) > 1 or chance is not None:
        figure.legend(
            loc="outside upper left",
            ncols=3,
            frameon=False,
            fontsize=NOTE_POINTS,
            labelcolor=MUTED,
        )
    return figure


def mean_training_plot(
    curves: Mapping[str, Mapping[str, npt.NDArray[np.float64]]],
) -> Figure:
    """One panel for each measure: the mean over the runs as a line, each run as a thin one.

    Parameters
    ----------
    curves : measure → part (``train``, ``validation``) → (run, epoch) values; NaN where not measured.
    """
    from matplotlib.ticker import MaxNLocator

    figure, panels = new_figure(2.9 * len(curves), 2.5, columns=len(curves))
    for axes, (measure, parts) in zip(panels, curves.items(), strict=True):
        for part, values in parts.items():
            colour = {"validation": ACCENT, "train": SECOND}.get(part, MUTED)
            epochs = np.arange(1, values.shape[1] + 1)
            axes.plot(epochs, values.T, color=colour, linewidth=0.7, alpha=0.35)
            known = np.isfinite(values).any(axis=0)
            mean = np.full(len(epochs), np.nan)
            mean[known] = np.nanmean(values[:, known], axis=0)
            axes.plot(epochs, mean, color=colour, linewidth=1.5, label=literal(part))
        axes.set_title(literal(measure), loc="left", fontsize=TEXT_POINTS)
        axes.set(xlabel="epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.legend(frameon=False, fontsize=NOTE_POINTS, labelcolor=MUTED)
    return figure


def effect_matrix(
    values: npt.NDArray[np.float64],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    marked: frozenset[tuple[int, int]],
) -> Figure:
    """Effects ``(row, column)`` in standard deviations as signed shades; NaN leaves a cell empty.

    Parameters
    ----------
    marked : (row, column) of the significant cells, whose numbers are bold.
    """
    from matplotlib.patches import Rectangle

    widest = max(map(len, rows))
    figure, (axes,) = new_figure(0.5 + 0.075 * widest + 0.75 * len(columns), 0.75 + 0.3 * len(rows))
    for row, column in np.ndindex(values.shape):
        value = float(values[row, column])
        if np.isnan(value):
            continue
        colour = ACCENT if value > 0 else SECOND
        shade = min(abs(value) / 2.5, 1.0) * 0.55
        corner = (column - 0.48, row - 0.45)
        axes.add_patch(Rectangle(corner, 0.96, 0.9, facecolor=colour, alpha=shade, linewidth=0))
        strong = (row, column) in marked
        text = axes.text(column, row, f"{value:+.1f}", fontsize=8, ha="center", va="center")
        text.set(color=INK if strong else MUTED, fontweight="bold" if strong else "normal")
    axes.set_xticks(range(len(columns)), [literal(name) for name in columns])
    axes.set_yticks(range(len(rows)), [literal(name) for name in rows])
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelcolor=INK)
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return figure
