"""A figure of several runs: their curves by epoch, and their final scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emotion_classifier.rendering.figures import TEXT_POINTS, literal, new_figure
from emotion_classifier.rendering.palette import GROUND, INK, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABEL_LETTERS = 36
_COLOURS = ("#2a5f96", "#b4592a", "#56b3a5", "#e0b43c", "#7d5ba6", "#c2453f", "#7c8a34", "#1c2026")
"""Of the first runs."""


@dataclass(frozen=True, eq=False)
class RunCurves:
    """Scores of a run; shares from 0 to 1, loss in nats.

    Parameters
    ----------
    label : of the run.
    epochs, uar, loss : (epoch,) of the validation part; NaN where not measured.
    validation_uar, test_uar : of the final model; NaN where not measured.
    test_interval : bounds of the interval of `test_uar`; None where there is none.
    """

    label: str
    epochs: npt.NDArray[np.float64]
    uar: npt.NDArray[np.float64]
    loss: npt.NDArray[np.float64]
    validation_uar: float
    test_uar: float
    test_interval: tuple[float, float] | None


def comparison_plot(runs: Sequence[RunCurves]) -> Figure:
    """Validation UAR and loss by epoch, and the final scores, the runs from top to bottom.

    The first runs have colours of their own, the same in all panels: the names beside the scores are
    the legend of the curves.
    """
    colours = [*_COLOURS, *[MUTED] * len(runs)][: len(runs)]
    names = [_short(run.label) for run in runs]
    width, height = 9.5 + 0.07 * max(map(len, names)), max(3.4, 1.2 + 0.19 * len(runs))
    figure, (uar, loss, scores) = new_figure(width, height, rows=1, columns=3)
    for axes, title, values in (
        (uar, "validation UAR", [run.uar for run in runs]),
        (loss, "validation loss", [run.loss for run in runs]),
    ):
        axes.set_title(title, loc="left", fontsize=TEXT_POINTS)
        _draw_curves(axes, runs, values, colours)
    uar.yaxis.set_major_formatter("{x:.0%}")
    _draw_scores(scores, runs, names, colours)
    return figure


def _draw_curves(
    axes: Axes,
    runs: Sequence[RunCurves],
    values: Sequence[npt.NDArray[np.float64]],
    colours: Sequence[str],
) -> None:
    from matplotlib.ticker import MaxNLocator

    # The first runs are drawn last, above the others.
    for run, curve, colour in reversed(list(zip(runs, values, colours, strict=True))):
        own = colour != MUTED
        (line,) = axes.plot(run.epochs, curve, color=colour)
        line.set(linewidth=1.5 if own else 0.7, alpha=1.0 if own else 0.5)
        line.set_marker("." if np.isfinite(curve).sum() == 1 else "")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _draw_scores(
    axes: Axes, runs: Sequence[RunCurves], names: Sequence[str], colours: Sequence[str]
) -> None:
    """A row for each run: the validation score as a ring, the test score as a dot with its interval."""
    for row, (run, colour) in enumerate(zip(runs, colours, strict=True)):
        if run.test_interval is not None:
            axes.plot(run.test_interval, [row, row], color=colour, linewidth=2, alpha=0.55)
        axes.plot(run.test_uar, row, marker="o", markersize=5, color=colour)
        (ring,) = axes.plot(run.validation_uar, row, marker="o", markersize=5, color=colour)
        ring.set(markerfacecolor=GROUND, markeredgewidth=1.3)
    axes.set_title("final UAR", loc="left", fontsize=TEXT_POINTS)
    axes.set_xlabel("dot: test, 95% interval; ring: validation")
    axes.set_yticks(range(len(runs)), names)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.set_ylim(len(runs) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter("{x:.0%}")


def _short(label: str) -> str:
    """`label` without the middle of a long one: the end often distinguishes it."""
    if len(label) > _LABEL_LETTERS:
        half = _LABEL_LETTERS // 2
        label = f"{label[:half]}\N{HORIZONTAL ELLIPSIS}{label[-half:]}"
    return literal(label)
