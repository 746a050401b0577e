"""Figures of the probabilities of a model: reliability, and risk against coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_classifier.rendering.figures import NOTE_POINTS, new_figure
from emotion_classifier.rendering.palette import ACCENT, CELL, GROUND, MUTED, SECOND

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Bins(NamedTuple):
    """Clips by confidence.

    Parameters
    ----------
    confidence, accuracy : (bin,) mean of the clips in it; NaN where it is empty.
    counts : (bin,) clips, over equal bins from 0 to 1.
    """

    confidence: npt.NDArray[np.float64]
    accuracy: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]


def reliability_plot(
    after: Bins,
    lows: npt.NDArray[np.float64],
    highs: npt.NDArray[np.float64],
    before: Bins | None = None,
) -> Figure:
    """Accuracy against confidence, bin by bin, above the number of clips in each bin.

    Parameters
    ----------
    after : the bins of the model.
    lows, highs : (bin,) bounds of its accuracy; NaN where there are none.
    before : the bins without temperature.
    """
    figure, (axes, below) = new_figure(3.8, 4.2, rows=2, height_ratios=(4, 1))
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, dashes=(4, 2))
    axes.vlines(after.confidence, lows, highs, color=ACCENT, linewidth=2, alpha=0.4)
    if before is not None:
        _line(axes, before, SECOND, "before temperature", marker="s")
    _line(axes, after, ACCENT, "after temperature" if before else "", marker="o")
    if before is not None:
        axes.legend(frameon=False, fontsize=NOTE_POINTS, labelcolor=MUTED, loc="upper left")
    edges = np.arange(len(after.counts)) / len(after.counts)
    width = 1 / len(after.counts)
    below.bar(edges + width / 2, after.counts, width=0.86 * width, color=CELL)
    if before is not None:
        below.step([*edges, 1.0], [*before.counts, before.counts[-1]], color=SECOND, where="post")
        below.lines[0].set_linewidth(1.2)
    axes.set(xlim=(0, 1.02), ylim=(0, 1.02), ylabel="accuracy")
    below.set(xlim=(0, 1.02), xlabel="confidence", ylabel="clips")
    for axis in (axes.xaxis, axes.yaxis, below.xaxis):
        axis.set_major_formatter("{x:.0%}")
    below.grid(visible=False, axis="x")
    return figure


def _line(axes: Axes, bins: Bins, colour: str, label: str, marker: str) -> None:
    filled = bins.counts > 0
    (line,) = axes.plot(bins.confidence[filled], bins.accuracy[filled], color=colour, label=label)
    line.set(linewidth=1.4, marker=marker, markersize=5, markeredgecolor=GROUND)


def risk_plot(
    coverage: npt.NDArray[np.float64],
    risk: npt.NDArray[np.float64],
    low: npt.NDArray[np.float64],
    high: npt.NDArray[np.float64],
    *,
    chosen: tuple[float, float] | None = None,
) -> Figure:
    """Risk against coverage, with its interval as a band.

    Parameters
    ----------
    coverage, risk, low, high : (step,) shares; NaN bounds where there is no interval.
    chosen : coverage and risk with the threshold of the model.
    """
    figure, (axes,) = new_figure(4.0, 3.4)
    axes.fill_between(coverage, low, high, color=ACCENT, alpha=0.15, linewidth=0)
    axes.plot(coverage, risk, color=ACCENT, linewidth=1.6)
    if chosen is not None:
        axes.plot(*chosen, marker="o", markersize=7, color=SECOND, markeredgecolor=GROUND)
    axes.set(xlim=(0, 1.02), xlabel="accepted", ylabel="wrong among the accepted")
    axes.set_ylim(bottom=0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:.0%}")
    return figure
