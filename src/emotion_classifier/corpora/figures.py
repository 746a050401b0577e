"""A figure of the statistics of a corpus; `emotion_classifier.rendering.figures.to_png` saves it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from emotion_classifier.corpora.statistics import (
    SILENCE_BELOW_DB,
    UNKNOWN_SEX,
    ClipStatistics,
    CorpusStatistics,
)
from emotion_classifier.emotions import LabelSet
from emotion_classifier.rendering.figures import NOTE_POINTS, TEXT_POINTS, literal, new_figure
from emotion_classifier.rendering.palette import ACCENT, CELL, INK, MUTED, RULE, SECOND

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SEX_COLOURS = {"female": ACCENT, "male": SECOND, UNKNOWN_SEX: MUTED}
# A single bar must not fill the whole panel.
_FEWEST_ROWS = 6
_QUANTITIES: tuple[tuple[str, str, Callable[[ClipStatistics], float]], ...] = (
    ("Duration", "s", lambda clip: clip.duration_seconds),
    ("Loudness (RMS)", "dBFS", lambda clip: clip.rms_dbfs),
    (
        f"Silence at the start ({SILENCE_BELOW_DB:.0f} dB below the loudest)",
        "s",
        lambda clip: clip.leading_silence_seconds,
    ),
    (
        f"Silence at the end ({SILENCE_BELOW_DB:.0f} dB below the loudest)",
        "s",
        lambda clip: clip.trailing_silence_seconds,
    ),
)


def corpus_figure(statistics: CorpusStatistics) -> Figure:
    """Clips per emotion by sex, sample rates, and the spread of duration, loudness and silence."""
    emotions = _ordered(statistics)
    panel_inches = 1.1 + 0.24 * len(emotions)
    figure, panels = new_figure(9.0, 3 * panel_inches, rows=3, columns=2)
    _clips_by_sex(panels[0], statistics, emotions)
    _sample_rates(panels[1], statistics)
    for axes, (title, unit, value) in zip(panels[2:], _QUANTITIES, strict=True):
        spread = [
            [value(clip) for utterance, clip in statistics.clips if utterance.emotion == emotion]
            for emotion in emotions
        ]
        _boxes(axes, spread, emotions)
        _title(axes, title)
        axes.set_xlabel(unit)
    return figure


def _ordered(statistics: CorpusStatistics) -> list[str]:
    emotions = list(statistics.by_emotion)
    return emotions if len(emotions) < 2 else list(LabelSet.ordered(emotions))


def _clips_by_sex(axes: Axes, statistics: CorpusStatistics, emotions: Sequence[str]) -> None:
    counts = Counter((u.sex or UNKNOWN_SEX, u.emotion) for u, _ in statistics.clips)
    offsets = [0] * len(emotions)
    for sex, colour in _SEX_COLOURS.items():
        widths = [counts[sex, emotion] for emotion in emotions]
        if any(widths):
            axes.barh(range(len(emotions)), widths, 0.7, offsets, color=colour, label=sex)
        offsets = [offset + width for offset, width in zip(offsets, widths, strict=True)]
    _name_rows(axes, emotions)
    _title(axes, "Clips")
    _whole_numbers(axes)
    axes.legend(
        frameon=False,
        fontsize=NOTE_POINTS,
        labelcolor=MUTED,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=len(_SEX_COLOURS),
        borderaxespad=0.2,
    )


def _sample_rates(axes: Axes, statistics: CorpusStatistics) -> None:
    rates = statistics.total.sample_rates
    axes.barh(range(len(rates)), list(rates.values()), 0.7, color=CELL)
    _name_rows(axes, [f"{rate:,} Hz" for rate in rates])
    axes.set_ylim(max(len(rates), _FEWEST_ROWS) - 0.5, -0.5)
    _title(axes, "Clips by sample rate")
    _whole_numbers(axes)


def _boxes(axes: Axes, spread: Sequence[Sequence[float]], names: Sequence[str]) -> None:
    """One row for each name: quartiles, 1.5 quartile distances, and the clips beyond."""
    axes.boxplot(
        spread,
        positions=range(len(names)),
        orientation="horizontal",
        widths=0.6,
        patch_artist=True,
        manage_ticks=False,
        boxprops={"facecolor": CELL, "edgecolor": "none"},
        medianprops={"color": INK, "linewidth": 1.6},
        whiskerprops={"color": MUTED},
        capprops={"visible": False},
        flierprops={"marker": ".", "markersize": 3, "markeredgecolor": MUTED},
    )
    _name_rows(axes, names)


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [literal(name) for name in names])
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_color(RULE)


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", color=INK, fontsize=TEXT_POINTS)


def _whole_numbers(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
