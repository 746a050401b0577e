"""Figures of values against a quantity, one curve for each name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_classifier.rendering.figures import NOTE_POINTS, literal, new_figure
from emotion_classifier.rendering.palette import GROUND, MUTED, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKERS = "os^Dv"


class Curve(NamedTuple):
    """Values with intervals.

    Parameters
    ----------
    x, values, low, high : (point,); NaN bounds where there is no interval.
    """

    x: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]


def snr_plot(
    panels: Mapping[str, Mapping[str, Curve]], references: Mapping[str, Mapping[str, float]]
) -> Figure:
    """Shares against the signal-to-noise ratio, beside each other; noise grows to the right.

    Parameters
    ----------
    panels : measure → background → its curve over the ratio in dB.
    references : measure → name → value of a horizontal line.
    """
    figure, axes = new_figure(3.5 * len(panels), 3.6, columns=len(panels))
    for panel, (measure, curves) in zip(axes, panels.items(), strict=True):
        _draw(panel, curves)
        for name, value in references.get(measure, {}).items():
            panel.axhline(value, color=MUTED, linewidth=1, dashes=(4, 2))
            note = panel.text(0.99, value, name, transform=panel.get_yaxis_transform())
            note.set(fontsize=NOTE_POINTS, color=MUTED, va="bottom", ha="right")
        panel.set(xlabel="signal-to-noise ratio (dB)", ylabel=measure, ylim=(0, 1.02))
        panel.invert_xaxis()
        panel.yaxis.set_major_formatter("{x:.0%}")
    handles, labels = axes[0].get_legend_handles_labels()
    style: dict[str, Any] = {"frameon": False, "fontsize": NOTE_POINTS, "labelcolor": MUTED}
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), **style)
    return figure


def _draw(axes: Axes, curves: Mapping[str, Curve]) -> None:
    # The first colour of the series is a grey that the page's text has too.
    for place, (name, curve) in enumerate(curves.items()):
        colour = SERIES[1 + place % (len(SERIES) - 1)]
        axes.fill_between(curve.x, curve.low, curve.high, color=colour, alpha=0.12, linewidth=0)
        (line,) = axes.plot(curve.x, curve.values, color=colour, label=literal(name))
        marker = _MARKERS[place % len(_MARKERS)]
        line.set(linewidth=1.6, marker=marker, markersize=5, markeredgecolor=GROUND)
    axes.set_xticks(sorted({x for curve in curves.values() for x in curve.x.tolist()}))
