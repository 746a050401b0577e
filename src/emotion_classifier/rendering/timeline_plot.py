"""A figure of a recording over time: waveform, speech, class probabilities and named spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emotion_classifier.rendering.annotations import Span
from emotion_classifier.rendering.figures import NOTE_POINTS, TEXT_POINTS, literal, new_figure
from emotion_classifier.rendering.palette import ACCENT, INK, MUTED, RULE
from emotion_classifier.units import Seconds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANELS = 3
_WIDTH_INCHES = 10.0
_POINTS_PER_LETTER = 5.2
_SPEECH_OPACITY = 0.14
_MOST_TICKS = 10
_TICK_SECONDS = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600)
_CLOCK_FROM_SECONDS = 120.0


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
    """Three panels for each channel, all on the same time axis.

    The `names` and `colours` of the classes are in the order of `TimelinePicture.shares`. A span
    whose text is none of the names is drawn without a colour.
    """
    ratios = (1.2, 2.2, 0.4) * len(pictures)
    height = 0.7 + 3.4 * len(pictures)
    figure, panels = new_figure(_WIDTH_INCHES, height, rows=len(ratios), height_ratios=ratios)
    longest = max(picture.duration_seconds for picture in pictures)
    coloured = dict(zip(names, colours, strict=True))
    for row, picture in enumerate(pictures):
        outline, shares, spans = panels[_PANELS * row : _PANELS * (row + 1)]
        _draw_outline(outline, picture)
        _draw_shares(shares, picture, colours)
        _draw_spans(spans, picture.spans, coloured, longest)
    for panel in panels:
        panel.set_xlim(0.0, longest)
        panel.tick_params(labelbottom=panel is panels[-1])
    _label_time(panels[-1], longest)
    _draw_legend(figure, coloured)
    return figure


def _draw_outline(axes: Axes, picture: TimelinePicture) -> None:
    count = len(picture.envelope)
    times = (np.arange(count) + 0.5) * picture.duration_seconds / max(count, 1)
    for start, end in picture.speech:
        axes.axvspan(start, end, color=ACCENT, alpha=_SPEECH_OPACITY, linewidth=0)
    lows, highs = picture.envelope.T
    axes.fill_between(times, lows, highs, color=MUTED, linewidth=0.4, edgecolor=MUTED)
    peak = float(np.abs(picture.envelope).max(initial=0.0))
    # A quiet recording is enlarged, but not inaudible noise.
    highest = 1.05 * max(peak, 0.01)
    axes.set(ylim=(-highest, highest), yticks=[], ylabel="sound")
    axes.grid(visible=False)
    axes.set_title(literal(picture.title), loc="left", fontsize=TEXT_POINTS)


def _draw_shares(axes: Axes, picture: TimelinePicture, colours: Sequence[str]) -> None:
    # Each window is a step, so that a single window has an area and silence stays empty.
    times = np.repeat(picture.edges, 2)[1:-1]
    tops = np.repeat(picture.shares.cumsum(axis=1), 2, axis=0)
    known = np.isfinite(tops[:, 0])
    below = np.zeros(len(times))
    for top, colour in zip(tops.T, colours, strict=True):
        axes.fill_between(times, below, top, where=list(known), color=colour, linewidth=0)
        below = top
    axes.set(ylim=(0.0, 1.0), ylabel="probability")
    axes.set_yticks([0.0, 0.5, 1.0], ["0 %", "50 %", "100 %"])


def _draw_spans(
    axes: Axes, spans: Sequence[Span], colours: dict[str, str], longest: Seconds
) -> None:
    from matplotlib.patches import Rectangle

    for start, end, text in spans:
        bar = Rectangle((start, 0.0), end - start, 1.0, facecolor=colours.get(text, RULE))
        bar.set(alpha=0.9 if text in colours else 0.5, linewidth=0.6, edgecolor="white")
        axes.add_patch(bar)
        points = (end - start) / longest * _WIDTH_INCHES * 72 * 0.85
        if points > _POINTS_PER_LETTER * len(text):
            middle = (start + end) / 2
            note = axes.text(middle, 0.5, literal(text), fontsize=NOTE_POINTS, color=INK)
            note.set(ha="center", va="center", clip_on=True)
    axes.set(ylim=(0.0, 1.0), yticks=[])
    axes.grid(visible=False)


def _label_time(axes: Axes, longest: Seconds) -> None:
    from matplotlib.ticker import MultipleLocator

    if longest < _CLOCK_FROM_SECONDS:
        axes.set_xlabel("seconds")
        return
    fitting = [seconds for seconds in _TICK_SECONDS if seconds * _MOST_TICKS >= longest]
    axes.xaxis.set_major_locator(MultipleLocator(fitting[0] if fitting else 86_400))
    hours = longest >= 3600.0
    axes.xaxis.set_major_formatter(lambda seconds, _: _clock(seconds, hours))
    axes.set_xlabel("hours:minutes:seconds" if hours else "minutes:seconds")


def _clock(seconds: float, hours: bool) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if not hours:
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _draw_legend(figure: Figure, colours: dict[str, str]) -> None:
    from matplotlib.patches import Patch

    patches = [Patch(color=ACCENT, alpha=_SPEECH_OPACITY, label="(speech)")]
    patches += [Patch(color=colour, label=literal(name)) for name, colour in colours.items()]
    figure.legend(
        handles=patches,
        loc="outside right center",
        frameon=False,
        fontsize=NOTE_POINTS,
        labelcolor=MUTED,
        reverse=True,  # the order of the areas, from top to bottom
    )
