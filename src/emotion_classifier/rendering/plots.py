"""The figures of a report, from arrays and names: each returns a new figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emotion_classifier.rendering.figures import NOTE_POINTS, TEXT_POINTS, literal, new_figure
from emotion_classifier.rendering.palette import ACCENT, CELL, INK, MUTED, RULE, SECOND

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMED_ROWS = 40
"""Maximum number of speakers that are drawn with names; more become one curve."""
LABEL_LETTERS = 24
"""Maximum length of a name in a figure; tables and files contain the whole name."""


def confusion_plot(counts: npt.NDArray[np.int64], names: Sequence[str]) -> Figure:
    """Each cell's share of its true emotion as shade and per cent, with the count below it.

    Counts are ``(true emotion, predicted emotion)``, in the order of the `names`.
    """
    size = len(names)
    cell_inches = min(0.5, max(0.36, 7.0 / size))
    shown = [_short(name) for name in names]
    letters = max(map(len, shown))
    margins = 0.55 + 0.09 * letters, 0.45 + 0.07 * letters
    figure, (axes,) = new_figure(margins[0] + cell_inches * size, margins[1] + cell_inches * size)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    for row, column in np.ndindex(counts.shape):
        if totals[row, 0]:
            _confusion_cell(axes, row, column, shares[row, column], int(counts[row, column]))
    _label_cells(axes, shown, shown)
    axes.set(xlabel="predicted", ylabel="true")
    return figure


def _label_cells(axes: Axes, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Names of the columns above, and of the rows beside, square cells around whole numbers."""
    axes.set_xticks(range(len(columns)), columns, rotation=40, ha="left", rotation_mode="anchor")
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0, labelcolor=INK)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5), aspect="equal")
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def matrix_plot(
    values: npt.NDArray[np.float64],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    row_label: str,
    column_label: str,
    marked: frozenset[tuple[int, int]] = frozenset(),
) -> Figure:
    """Shares ``(row, column)`` from 0 to 1 as shade and per cent; NaN leaves a cell empty.

    Parameters
    ----------
    marked : (row, column) of the cells with a frame.
    """
    shown = [list(map(_short, names)) for names in (rows, columns)]
    longest = [max(map(len, names)) for names in shown]
    figure, (axes,) = new_figure(
        0.55 + 0.09 * longest[0] + 0.55 * len(columns), 0.5 + 0.07 * longest[1] + 0.55 * len(rows)
    )
    for row, column in np.ndindex(values.shape):
        if not np.isnan(values[row, column]):
            frame = (row, column) in marked
            _matrix_cell(axes, row, column, float(values[row, column]), frame=frame)
    _label_cells(axes, *shown)
    axes.set(xlabel=column_label, ylabel=row_label)
    return figure


def _matrix_cell(axes: Axes, row: int, column: int, share: float, *, frame: bool) -> None:
    from matplotlib.patches import Rectangle

    corner = (column - 0.46, row - 0.46)
    axes.add_patch(Rectangle(corner, 0.92, 0.92, facecolor=CELL, alpha=share, linewidth=0))
    if frame:
        axes.add_patch(Rectangle(corner, 0.92, 0.92, fill=False, edgecolor=ACCENT, linewidth=1.6))
    text = axes.text(column, row, f"{share:.1%}", fontsize=8, ha="center", va="center", color=INK)
    text.set_fontweight("bold" if frame else "normal")


def _short(name: str) -> str:
    """`name` as a label, without the middle of a long name: the end often distinguishes it."""
    if len(name) > LABEL_LETTERS:
        half = LABEL_LETTERS // 2
        name = f"{name[:half]}\N{HORIZONTAL ELLIPSIS}{name[-half:]}"
    return literal(name)


def _confusion_cell(axes: Axes, row: int, column: int, share: float, count: int) -> None:
    from matplotlib.patches import Rectangle

    corner = (column - 0.47, row - 0.47)
    axes.add_patch(Rectangle(corner, 0.94, 0.94, facecolor=RULE, alpha=0.35, linewidth=0))
    axes.add_patch(Rectangle(corner, 0.94, 0.94, facecolor=CELL, alpha=share, linewidth=0))
    if count:
        upper = axes.text(column, row - 0.02, f"{share:.0%}", fontsize=8, va="bottom")
        lower = axes.text(column, row + 0.08, f"{count:,}", fontsize=6.5, va="top")
        for text in (upper, lower):
            text.set(ha="center", color=INK)
        upper.set_fontweight("bold" if row == column else "normal")


def training_plot(
    curves: Mapping[str, Mapping[str, npt.NDArray[np.float64]]],
    epochs: npt.NDArray[np.float64],
    *,
    chance: Mapping[str, float],
    kept: float | None = None,
) -> Figure:
    """One panel for each measure, with a line for each part of the data.

    Parameters
    ----------
    curves : measure → part (``train``, ``validation``) → (epoch,) values; NaN where not measured.
    epochs : (epoch,) their numbers.
    chance : measure → its value at chance level, where it has one.
    kept : number of the epoch whose weights were kept.
    """
    from matplotlib.ticker import MaxNLocator

    columns = min(2, len(curves))
    rows = -(-len(curves) // columns)
    figure, panels = new_figure(2.65 * columns, 2.3 * rows, rows=rows, columns=columns)
    for axes, (measure, parts) in zip(panels, curves.items(), strict=False):
        for part, values in parts.items():
            colour = {"validation": ACCENT, "train": SECOND}.get(part, MUTED)
            known = np.isfinite(values)
            (line,) = axes.plot(epochs[known], values[known], color=colour, label=literal(part))
            line.set(linewidth=1.4, marker="." if known.sum() == 1 else "")
        if kept is not None:
            axes.axvline(kept, color=MUTED, linewidth=1, dashes=(4, 2), label="kept epoch")
        if measure in chance:
            axes.axhline(chance[measure], color=MUTED, linewidth=1, dashes=(1, 2), label="chance")
        axes.set_title(literal(measure), loc="left", fontsize=TEXT_POINTS)
        axes.set(xlabel="epoch", xlim=(epochs.min() - 0.5, epochs.max() + 0.5))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.legend(frameon=False, fontsize=NOTE_POINTS, labelcolor=MUTED)
    for axes in panels[len(curves) :]:
        axes.set_axis_off()
    return figure


def speaker_plot(
    names: Sequence[str], values: npt.NDArray[np.float64], *, overall: float, chance: float
) -> Figure:
    """UAR ``(speaker,)`` of each speaker, the best on top, beside the overall value and chance."""
    order = np.argsort(values, kind="stable")
    named = len(names) <= NAMED_ROWS
    height = 0.9 + 0.19 * len(names) if named else 3.4
    figure, (axes,) = new_figure(4.0, height)
    rows = np.arange(len(names))
    _reference(axes, chance, "chance", (1, 2), to_the_right=chance > overall)
    _reference(axes, overall, "all speakers", (4, 2), to_the_right=chance <= overall)
    if named:
        axes.hlines(rows, 0, values[order], color=RULE, linewidth=1)
        axes.set_yticks(rows, [_short(names[speaker]) for speaker in order])
        axes.tick_params(axis="y", length=0, labelcolor=INK)
    else:
        axes.set_ylabel("speakers, by rank")
    size = 5 if named else 2
    axes.plot(values[order], rows, linestyle="none", marker="o", markersize=size, color=ACCENT)
    axes.set(xlim=(0, 1.02), ylim=(-0.7, len(names) - 0.3), xlabel="UAR")
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter("{x:.0%}")
    return figure


def _reference(
    axes: Axes, value: float, label: str, dashes: tuple[int, int], *, to_the_right: bool
) -> None:
    axes.axvline(value, color=MUTED, linewidth=1, dashes=dashes)
    note = axes.text(value, 1.01, label, transform=axes.get_xaxis_transform())
    side = "left" if to_the_right else "right"
    note.set(fontsize=NOTE_POINTS, color=MUTED, va="bottom", ha=side)


def estimate_plot(
    names: Sequence[str],
    values: npt.NDArray[np.float64],
    lows: npt.NDArray[np.float64],
    highs: npt.NDArray[np.float64],
    *,
    measure: str,
    strong: frozenset[int] = frozenset(),
) -> Figure:
    """One row for each estimate: a dot, and a line over its interval.

    Parameters
    ----------
    names, values, lows, highs : (row,) from top to bottom; NaN bounds where there is no interval.
    measure : name of the values.
    strong : positions of the highlighted rows.
    """
    figure, (axes,) = new_figure(4.0, 0.75 + 0.27 * len(names))
    for row, (value, low, high) in enumerate(zip(values, lows, highs, strict=True)):
        colour = ACCENT if row in strong else MUTED
        axes.plot([low, high], [row, row], color=colour, linewidth=2, alpha=0.55)
        axes.plot(value, row, marker="o", markersize=6, color=colour)
    axes.set_yticks(range(len(names)), [_short(name) for name in names])
    axes.tick_params(axis="y", length=0, labelcolor=INK, labelsize=TEXT_POINTS)
    axes.set(ylim=(len(names) - 0.4, -0.6), xlabel=measure)
    axes.set_xlim(left=min(0.0, float(np.nanmin([*values, *lows]))))
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter("{x:.0%}")
    return figure
