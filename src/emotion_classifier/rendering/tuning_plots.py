"""Figures of a tuning study: the scores of its trials, and the importance of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emotion_classifier.rendering.figures import NOTE_POINTS, TEXT_POINTS, literal, new_figure
from emotion_classifier.rendering.palette import ACCENT, CELL, INK, MUTED, SECOND

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def study_history_plot(
    complete: Mapping[int, float],
    pruned: Mapping[int, float],
    failed: frozenset[int],
    *,
    measure: str,
    higher_is_better: bool,
    per_cent: bool,
) -> Figure:
    """The score of each trial, and the best up to it.

    Parameters
    ----------
    complete, pruned : number of the trial → its score, of a pruned one the last before its end.
    failed : numbers of trials without a score, marked at the bottom.
    measure : name of the scores.
    """
    from matplotlib.ticker import MaxNLocator

    figure, (axes,) = new_figure(6.4, 3.6)
    numbers = np.array(sorted(complete), np.int64)
    scores = np.array([complete[number] for number in numbers])
    if len(numbers):
        best = (np.maximum if higher_is_better else np.minimum).accumulate(scores)
        axes.step(numbers, best, where="post", color=ACCENT, linewidth=1.4, label="best so far")
    _dots(axes, complete, "complete", color=ACCENT, marker="o", markersize=5)
    _dots(axes, pruned, "pruned", color=MUTED, marker="o", markersize=5, markerfacecolor="none")
    if failed:
        marks = dict.fromkeys(sorted(failed), 0.03)  # of the height: they have no score
        bottom = axes.get_xaxis_transform()
        _dots(axes, marks, "failed", color=SECOND, marker="x", markersize=5, transform=bottom)
    axes.set(xlabel="trial", ylabel=measure)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if per_cent:
        axes.yaxis.set_major_formatter("{x:.0%}")
    axes.margins(y=0.1)
    axes.legend(
        frameon=False,
        fontsize=NOTE_POINTS,
        labelcolor=MUTED,
        ncols=4,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
    )
    return figure


def _dots(axes: Axes, scores: Mapping[int, float], label: str, **style: object) -> None:
    if scores:
        numbers: npt.NDArray[np.int64] = np.array([*scores], np.int64)
        axes.plot(numbers, [*scores.values()], linestyle="none", label=label, **style)  # type: ignore[arg-type]


def importance_plot(importances: Mapping[str, float]) -> Figure:
    """A bar for each setting, the most important on top.

    Parameters
    ----------
    importances : setting → share from 0 to 1.
    """
    ordered = sorted(importances.items(), key=lambda pair: pair[1])
    figure, (axes,) = new_figure(6.4, 0.9 + 0.32 * len(ordered))
    shares = [share for _, share in ordered]
    axes.barh(range(len(ordered)), shares, color=CELL, height=0.62)
    for row, share in enumerate(shares):
        axes.text(share + 0.01, row, f"{share:.0%}", va="center", fontsize=NOTE_POINTS, color=INK)
    axes.set_yticks(range(len(ordered)), [literal(key) for key, _ in ordered])
    axes.tick_params(axis="y", length=0, labelcolor=INK, labelsize=TEXT_POINTS)
    axes.set(xlim=(0, max(shares) * 1.12), xlabel="importance")
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter("{x:.0%}")
    return figure
