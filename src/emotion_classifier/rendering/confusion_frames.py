"""Confusion matrices as pixels: one for each epoch, drawn in milliseconds, and all as an animation.

Matplotlib draws the names around the matrix once; the cells of each frame are painted by Pillow, ten
times as fast.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from emotion_classifier.rendering.figures import to_pixels
from emotion_classifier.rendering.palette import CELL, GROUND, INK, RULE
from emotion_classifier.rendering.plots import confusion_plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from PIL.Image import Image as Picture
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

Colour: TypeAlias = tuple[int, ...]
"""Red, green and blue, each from 0 to 255."""

FRAMES = 60
"""Maximum number of frames of an animation; of more, evenly spaced ones are taken."""
_FEWEST_FRAMES = 10
_CELLS = 6000
_DOTS_PER_INCH = 100
_PLAYING_MS = 8000
_LONGEST_FRAME_MS = 400
_LAST_FRAME_MS = 2500
_TITLE_INCHES = 0.3
_NARROWEST_INCHES = 2.8


class ConfusionFrames:
    """Confusion matrices of the same emotions, each as ``(row, column, 3)`` uint8 pixels.

    The shade and the per cent of a cell are its share of the true emotion; the count is below.
    """

    def __init__(self, names: Sequence[str]) -> None:
        size = len(names)
        figure = confusion_plot(np.zeros((size, size), np.int64), names)
        width, height = figure.get_size_inches()
        figure.set_size_inches(max(width, _NARROWEST_INCHES), height + _TITLE_INCHES)
        figure.suptitle(" ")
        self._ground = to_pixels(figure, _DOTS_PER_INCH)
        self._edges = _cell_edges(figure.axes[0], len(self._ground), size)
        self._title, self._share, self._count = (_font("DejaVuSans.ttf", n) for n in (13, 11, 9))
        self._strong = _font("DejaVuSans-Bold.ttf", 11)

    def draw(self, counts: npt.NDArray[np.int64], title: str) -> npt.NDArray[np.uint8]:
        """The pixels of `counts` (true emotion, predicted emotion) below `title`."""
        from PIL import Image, ImageDraw

        picture = Image.fromarray(self._ground)
        pen = ImageDraw.Draw(picture)
        pen.text((10, 8), title, INK, self._title)
        totals = counts.sum(axis=1)
        for row, column in np.ndindex(counts.shape):
            if totals[row]:
                self._cell(pen, row, column, int(counts[row, column]), int(totals[row]))
        return np.asarray(picture)

    def _cell(self, pen: ImageDraw, row: int, column: int, count: int, total: int) -> None:
        left, right = self._edges[0][column]
        top, bottom = self._edges[1][row]
        pen.rectangle((left, top, right, bottom), _shade(count / total))
        if count:
            x, y = (left + right) / 2, (top + bottom) / 2
            font = self._strong if row == column else self._share
            pen.text((x, y + 2), f"{count / total:.0%}", INK, font, anchor="ms")
            pen.text((x, y + 5), f"{count:,}", INK, self._count, anchor="mt")


def confusion_animation(
    counts: npt.NDArray[np.int64], names: Sequence[str], titles: Sequence[str]
) -> bytes:
    """An animated GIF of at most `FRAMES` of the matrices, which pauses on the last one.

    Beyond ten emotions there are fewer frames, so that it stays below about two megabytes.

    Parameters
    ----------
    counts : (frame, true emotion, predicted emotion).
    names : of the emotions.
    titles : (frame,) above each matrix.
    """
    from PIL import Image

    frames = ConfusionFrames(names)
    most = min(FRAMES, max(_FEWEST_FRAMES, _CELLS // len(names) ** 2))
    chosen = np.unique(np.linspace(0, len(counts) - 1, most).round().astype(int))
    pictures = [Image.fromarray(frames.draw(counts[frame], titles[frame])) for frame in chosen]
    every_ms = min(_LONGEST_FRAME_MS, _PLAYING_MS // len(pictures) // 10 * 10)
    durations_ms = [every_ms] * (len(pictures) - 1) + [_LAST_FRAME_MS]
    palette = _palette()
    first, *others = (one.quantize(palette=palette, dither=Image.Dither.NONE) for one in pictures)
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=durations_ms, loop=0)
    return buffer.getvalue()


def _cell_edges(axes: Axes, height: int, size: int) -> tuple[list[list[int]], list[list[int]]]:
    """First and last pixel of each column, and of each row from the top."""
    edges = np.repeat(np.arange(size), 2) + np.tile([-0.47, 0.47], size)
    x, y = axes.transData.transform(np.column_stack([edges, edges])).T
    columns, rows = (np.rint(pixels).astype(int).reshape(size, 2) for pixels in (x, height - y))
    return columns.tolist(), rows.tolist()


def _shade(share: float) -> Colour:
    """The colour of a cell, equal to the two transparent layers of `confusion_plot`."""
    return _mix(_mix(_rgb(GROUND), _rgb(RULE), 0.35), _rgb(CELL), share)


def _mix(below: Colour, above: Colour, share: float) -> Colour:
    return tuple(round(b + share * (a - b)) for b, a in zip(below, above, strict=True))


def _rgb(colour: str) -> Colour:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def _font(file: str, pixels: int) -> FreeTypeFont:
    import matplotlib as mpl
    from PIL import ImageFont

    return ImageFont.truetype(Path(mpl.get_data_path(), "fonts", "ttf", file), pixels)


def _palette() -> Picture:
    """The colours of all frames: text, with its soft edges, on every shade. 256 at most in a GIF."""
    from PIL import Image

    grounds = [_rgb(GROUND), *(_shade(share) for share in np.linspace(0, 1, 31))]
    colours = [_mix(ground, _rgb(INK), edge) for ground in grounds for edge in np.linspace(0, 1, 7)]
    picture = Image.new("P", (1, 1))
    picture.putpalette([part for colour in colours for part in colour])
    return picture
