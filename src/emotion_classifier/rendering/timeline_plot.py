"""A figure of a recording over time: waveform, speech, class probabilities and named spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emotion_classifier.emotions.prediction import NO_SPEECH, UNCERTAIN
from emotion_classifier.rendering.annotations import Span
from emotion_classifier.rendering.figures import NOTE_POINTS, TEXT_POINTS, literal, new_figure
from emotion_classifier.rendering.palette import ACCENT, GROUND, INK, MUTED
from emotion_classifier.units import Seconds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch, Rectangle

_PANELS = 3
_WIDTH_INCHES = 10.0
_RATIOS = (1.2, 2.2, 0.4)
_INCHES_PER_RATIO = 0.9
_LONG_INCHES_PER_RATIO = 0.4
_GAP_RATIO = 1.2
_MARGINS_INCHES = {"left": 0.3, "right": 1.4, "top": 0.4, "bottom": 0.2}
_POINTS_PER_LETTER = 5.2
_SPEECH_OPACITY = 0.14
_MOST_TICKS = 10
_TICK_SECONDS = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600)
_CLOCK_FROM_SECONDS = 120.0
_ROW_SECONDS: tuple[Seconds, ...] = (600, 1800, 3600, 7200, 21_600, 86_400)
_MOST_ROWS = 48
_ONE_ROW_SECONDS: Seconds = 1200.0
"""A longer recording is drawn in several rows, of ten minutes if these are not too many."""
_ON_COLOUR = "#1b1f24"
"""Text on the colour of an emotion, the same on a light and on a dark ground."""
_LINE_SHARE = 0.12


@dataclass(frozen=True, eq=False)
class TimelinePicture:
    """The content of one channel of the figure.

    Parameters
    ----------
    envelope : (bin, 2) lowest and highest sample of equal bins over the whole duration.
    speech : (interval, 2) start and end in seconds of speech.
    edges : (window + 1,) borders of the windows in seconds.
    shares : (window, class) from bottom to top, summing to one; NaN where there are none.
    """

    title: str
    duration_seconds: Seconds
    envelope: npt.NDArray[np.float32]
    speech: npt.NDArray[np.float64]
    edges: npt.NDArray[np.float64]
    shares: npt.NDArray[np.float64]
    spans: Sequence[Span]


def timeline_plot(
    pictures: Sequence[TimelinePicture], names: Sequence[str], colours: Sequence[str]
) -> Figure:
    """Three panels for each channel, all on the same time axis; of a long recording in several rows.

    The `names` and `colours` of the classes are in the order of `TimelinePicture.shares`. Spans of
    `UNCERTAIN` are hatched, those of `NO_SPEECH` are a line; another span without a name has no colour.
    """
    longest = max(picture.duration_seconds for picture in pictures)
    seconds = row_seconds(longest)
    starts = np.arange(0.0, longest, seconds) if longest else np.zeros(1)
    is_long = len(starts) > 1
    figure, panels = _panels(len(pictures) * len(starts), is_long=is_long)
    coloured = dict(zip(names, colours, strict=True))
    rows = [(start, picture) for start in starts for picture in pictures]
    for number, (start, picture) in enumerate(rows):
        axes = panels[_PANELS * number : _PANELS * (number + 1)]
        end = start + seconds
        _draw_outline(axes[0], picture, start, end, labelled=not is_long)
        if start == 0.0 or len(pictures) > 1:
            title = literal(picture.title)
            axes[0].set_title(title, loc="left", fontsize=TEXT_POINTS, color=INK)
        _draw_shares(axes[1], picture, colours, start, end, labelled=not is_long)
        _draw_spans(axes[2], picture.spans, coloured, start, end)
        has_times = is_long or number == len(rows) - 1
        for panel in axes:
            panel.set_xlim(start, end)
            _set_clock(panel, seconds, longest)
            panel.tick_params(labelbottom=panel is axes[-1] and has_times)
    panels[-1].set_xlabel(_clock_label(longest))
    _draw_legend(figure, coloured)
    return figure


def row_seconds(duration_seconds: Seconds) -> Seconds:
    """Duration of a row of the figure of a recording."""
    if duration_seconds <= _ONE_ROW_SECONDS:
        return duration_seconds or 1.0
    fitting = [one for one in _ROW_SECONDS if one * _MOST_ROWS >= duration_seconds]
    return fitting[0] if fitting else duration_seconds / _MOST_ROWS


def _panels(rows: int, *, is_long: bool) -> tuple[Figure, list[Axes]]:
    """A figure and three panels for each row of each channel."""
    if not is_long:
        ratios = _RATIOS * rows
        height = _INCHES_PER_RATIO * sum(ratios) + 0.7
        return new_figure(_WIDTH_INCHES, height, rows=len(ratios), height_ratios=ratios)
    ratios = (*_RATIOS, _GAP_RATIO) * rows
    margins = _MARGINS_INCHES
    height = margins["top"] + margins["bottom"] + _LONG_INCHES_PER_RATIO * sum(ratios)
    figure, panels = new_figure(_WIDTH_INCHES, height, rows=len(ratios), height_ratios=ratios)
    figure.set_layout_engine(None)  # the constrained layout takes minutes for hundreds of panels
    figure.subplots_adjust(
        left=margins["left"] / _WIDTH_INCHES,
        right=1 - margins["right"] / _WIDTH_INCHES,
        top=1 - margins["top"] / height,
        bottom=margins["bottom"] / height,
        hspace=0.1,
    )
    for gap in panels[_PANELS :: _PANELS + 1]:
        gap.remove()
    return figure, [panel for place, panel in enumerate(panels) if place % (_PANELS + 1) < _PANELS]


def _draw_outline(
    axes: Axes, picture: TimelinePicture, start: Seconds, end: Seconds, *, labelled: bool
) -> None:
    for first, last in picture.speech:
        if last > start and first < end:
            axes.axvspan(first, last, color=ACCENT, alpha=_SPEECH_OPACITY, linewidth=0)
    bin_seconds = picture.duration_seconds / max(len(picture.envelope), 1)
    times = (np.arange(len(picture.envelope)) + 0.5) * bin_seconds
    inside = (times > start - bin_seconds) & (times < end + bin_seconds)
    lows, highs = picture.envelope[inside].T
    axes.fill_between(times[inside], lows, highs, color=MUTED, linewidth=0.4, edgecolor=MUTED)
    # A quiet recording is enlarged, but not inaudible noise.
    highest = 1.05 * max(float(np.abs(picture.envelope).max(initial=0.0)), 0.01)
    axes.set(ylim=(-highest, highest), yticks=[], ylabel="sound" if labelled else "")
    axes.grid(visible=False)


def _draw_shares(
    axes: Axes,
    picture: TimelinePicture,
    colours: Sequence[str],
    start: Seconds,
    end: Seconds,
    *,
    labelled: bool,
) -> None:
    inside = (picture.edges[1:] >= start) & (picture.edges[:-1] <= end)
    edges = np.stack([picture.edges[:-1], picture.edges[1:]], axis=1)
    # Each window is a step, so that a single window has an area and silence stays empty.
    times = edges[inside].ravel()
    tops = np.repeat(picture.shares[inside].cumsum(axis=1), 2, axis=0)
    known = np.isfinite(tops[:, 0])
    below = np.zeros(len(times))
    for top, colour in zip(tops.T, colours, strict=True):
        axes.fill_between(times, below, top, where=list(known), color=colour, linewidth=0)
        below = top
    axes.set(ylim=(0.0, 1.0))
    axes.set_yticks([0.0, 0.5, 1.0], ["0 %", "50 %", "100 %"] if labelled else [""] * 3)
    if labelled:
        axes.set_ylabel("probability")


def _draw_spans(
    axes: Axes, spans: Sequence[Span], colours: dict[str, str], start: Seconds, end: Seconds
) -> None:
    for first, last, text in spans:
        left, right = max(first, start), min(last, end)
        if left >= right:
            continue
        axes.add_patch(_bar(text, colours, (left, 0.0), right - left))
        points = (right - left) / (end - start) * _WIDTH_INCHES * 72 * 0.8
        if text != NO_SPEECH and points > _POINTS_PER_LETTER * len(text):
            ink = _ON_COLOUR if text in colours else INK
            note = axes.text(
                (left + right) / 2, 0.5, literal(text), fontsize=NOTE_POINTS, color=ink
            )
            note.set(ha="center", va="center", clip_on=True)
            if text == UNCERTAIN:
                note.set_bbox({"facecolor": GROUND, "edgecolor": "none", "pad": 1.0})
    axes.set(ylim=(0.0, 1.0), yticks=[])
    axes.grid(visible=False)


def _bar(
    text: str, colours: dict[str, str], corner: tuple[float, float] = (0.0, 0.0), width: float = 1.0
) -> Rectangle:
    """The mark of a span, also for the legend."""
    from matplotlib.patches import Rectangle

    x, y = corner
    if text == NO_SPEECH:
        line = Rectangle((x, y + (1 - _LINE_SHARE) / 2), width, _LINE_SHARE, facecolor=MUTED)
        line.set(linewidth=0.0, alpha=0.5)
        return line
    bar = Rectangle(corner, width, 1.0, facecolor=colours.get(text, GROUND))
    bar.set(linewidth=0.6, edgecolor=GROUND if text in colours else MUTED)
    if text == UNCERTAIN:
        bar.set(hatch="////")
    return bar


def _set_clock(axes: Axes, row_seconds: Seconds, longest: Seconds) -> None:
    from matplotlib.ticker import MultipleLocator

    if longest < _CLOCK_FROM_SECONDS:
        return
    fitting = [seconds for seconds in _TICK_SECONDS if seconds * _MOST_TICKS >= row_seconds]
    axes.xaxis.set_major_locator(MultipleLocator(fitting[0] if fitting else 86_400))
    hours = longest >= 3600.0
    axes.xaxis.set_major_formatter(lambda seconds, _: _clock(seconds, hours))


def _clock_label(longest: Seconds) -> str:
    if longest < _CLOCK_FROM_SECONDS:
        return "seconds"
    return "hours:minutes:seconds" if longest >= 3600.0 else "minutes:seconds"


def _clock(seconds: float, hours: bool) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if not hours:
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _draw_legend(figure: Figure, colours: dict[str, str]) -> None:
    from matplotlib.patches import Patch

    patches: list[Rectangle | Patch] = [
        Patch(color=ACCENT, alpha=_SPEECH_OPACITY, label="(speech)")
    ]
    for name in (NO_SPEECH, UNCERTAIN, *colours):
        patches.append(_bar(name, colours))
        patches[-1].set_label(literal(name))
    constrained = figure.get_layout_engine() is not None
    figure.legend(
        handles=patches,
        loc="outside right center" if constrained else "upper right",
        frameon=False,
        fontsize=NOTE_POINTS,
        labelcolor=MUTED,
        reverse=True,  # the order of the areas, from top to bottom
    )
