"""Spectrograms of a few sounds before and after a change, in one figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_classifier.rendering.figures import TEXT_POINTS, literal, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLOURS = "magma"
_DARKEST_PERCENTILE = 2.0


class SpectrogramPair(NamedTuple):
    """One sound twice.

    Parameters
    ----------
    name : of the sound.
    before, after : (frame, feature).
    before_seconds, after_seconds : their durations.
    """

    name: str
    before: npt.NDArray[np.float32]
    after: npt.NDArray[np.float32]
    before_seconds: float
    after_seconds: float


def spectrogram_grid(pairs: Sequence[SpectrogramPair], before: str, after: str) -> Figure:
    """A row for each sound, both pictures in the same colours and on the same time axis.

    Parameters
    ----------
    pairs : the sounds, from top to bottom.
    before, after : what stands above the columns.
    """
    height = 0.75 + 1.15 * len(pairs)
    figure, axes = new_figure(8.0, height, rows=len(pairs), columns=2)
    # A training draws this often, and finding the margins takes as long as all the rest.
    figure.set_layout_engine(None)
    figure.subplots_adjust(0.04, 0.45 / height, 0.98, 1 - 0.3 / height, 0.06, 0.1)
    longest = max(max(pair.before_seconds, pair.after_seconds) for pair in pairs)
    for row, pair in enumerate(pairs):
        low = float(np.percentile(pair.before, _DARKEST_PERCENTILE))
        high = float(max(pair.before.max(), pair.after.max()))
        columns = ((pair.before, pair.before_seconds), (pair.after, pair.after_seconds))
        for column, (values, seconds) in enumerate(columns):
            one = axes[2 * row + column]
            picture = one.imshow(values.T, _COLOURS, origin="lower", aspect="auto")
            picture.set_interpolation("nearest")
            picture.set_clim(low, high)
            picture.set_extent((0.0, seconds, 0.0, 1.0))
            one.set(xlim=(0.0, longest), yticks=[])
            one.grid(visible=False)
            one.tick_params(labelbottom=row == len(pairs) - 1)
        axes[2 * row].set_ylabel(literal(pair.name))
    for one, title in zip(axes, (before, after), strict=False):
        one.set_title(title, loc="left", fontsize=TEXT_POINTS)
    for one in axes[-2:]:
        one.set_xlabel("seconds")
    return figure
