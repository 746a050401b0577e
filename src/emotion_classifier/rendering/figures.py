"""New figures in the shared style, and their bytes: no pyplot, no global state.

Draw with ``figure, axes = new_figure(...)``, then take `to_svg` for a page or `to_png` for a file.
Text that users wrote (speakers, emotions, files) goes through `literal` first.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from emotion_classifier.errors import MissingDependencyError
from emotion_classifier.rendering.palette import DARK, GROUND, INK, LIGHT, MUTED, RULE
from emotion_classifier.rendering.tables import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TEXT_POINTS = 9.0
NOTE_POINTS = 8.0
PAGE_SCALE = 1.3
"""Of a figure in a page: its 9 points become the size of the page's own text."""


def require_matplotlib() -> None:
    """Check that figures can be drawn, before hours of work for a figure.

    Raises
    ------
    MissingDependencyError
        matplotlib is not installed; the message names the extra.
    """
    try:
        import matplotlib.figure  # noqa: F401 - checks only that it is installed
    except ImportError as error:
        raise MissingDependencyError("matplotlib", "plot", "drawing figures") from error


def new_figure(
    width_inches: float = 6.4,
    height_inches: float = 3.6,
    *,
    rows: int = 1,
    columns: int = 1,
    height_ratios: Sequence[float] | None = None,
) -> tuple[Figure, list[Axes]]:
    """A figure and its axes (row by row), all in the shared style."""
    require_matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_inches, height_inches), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, height_ratios=height_ratios)
    panels = list(grid.ravel())
    for axes in panels:
        axes.set(facecolor="none", axisbelow=True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(RULE)
        axes.tick_params(color=RULE, labelcolor=MUTED, labelsize=NOTE_POINTS, length=3, width=0.8)
        axes.grid(color=RULE, linewidth=0.6)
        axes.title.set(color=INK, fontsize=TEXT_POINTS)
        for text in (axes.xaxis.label, axes.yaxis.label):
            text.set(color=MUTED, fontsize=TEXT_POINTS)
    return figure, panels


def literal(text: str) -> str:
    """`text` unchanged, on one line: a dollar sign in it starts no formula."""
    return visible(text).replace("$", r"\$")


def to_png(figure: Figure, dots_per_inch: int = 144) -> bytes:
    """The figure as PNG on the light ground."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(buffer, format="png", dpi=dots_per_inch, facecolor=GROUND)
    return buffer.getvalue()


def to_pixels(figure: Figure, dots_per_inch: int) -> npt.NDArray[np.uint8]:
    """The figure as (row, column, 3) uint8 pixels on the light ground."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)
    figure.set(dpi=dots_per_inch, facecolor=GROUND)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        canvas.draw()
    return np.array(canvas.buffer_rgba())[:, :, :3]


def to_svg(figure: Figure, description: str) -> str:
    """The figure as one ``<svg>`` element for a page: the same bytes for the same figure.

    Its text stays text, its colours are the page's CSS variables (with the light colours where a
    page has none), and `description` is read by screen readers.
    """
    import matplotlib as mpl

    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with (
        mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "emotion_classifier"}),
        warnings.catch_warnings(),
    ):
        # The reader's browser draws the text, so the glyphs of our own font do not matter.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    return _for_page(buffer.getvalue(), description)


def to_svg_document(figure: Figure, description: str) -> str:
    """The figure as an SVG file that follows the reader's light or dark preference."""
    light, dark = (
        "".join(f"--{name}: {colour};" for name, colour in colours.items())
        for colours in (LIGHT, DARK)
    )
    style = (
        f"<style>:root {{{light} background: var(--ground); font-family: sans-serif}} "
        f"@media (prefers-color-scheme: dark) {{:root {{{dark}}}}}</style>"
    )
    element = to_svg(figure, description)
    start = element.index(">") + 1
    return f"{element[:start]}{style}{element[start:]}\n"


def _for_page(document: str, description: str) -> str:
    body = document[document.index("<svg") :].strip()
    # Ids must be unique among the figures of a page.
    prefix = re.sub(r"\W+", "-", description.lower()).strip("-")
    body = re.sub(r"<[^>]+>", lambda tag: _page_tag(tag[0], prefix), body)
    body = re.sub(r'(width|height)="([\d.]+)pt"', _scaled_size, body, count=2)
    label = escape(description, quote=True)
    return body.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def _scaled_size(size: re.Match[str]) -> str:
    return f'{size[1]}="{float(size[2]) * PAGE_SCALE:g}pt"'


def _page_tag(tag: str, prefix: str) -> str:
    tag = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{prefix}-", tag)
    tag = re.sub(r"font-family: [^;\"]+", "font-family: inherit", tag)
    for name, colour in LIGHT.items():
        tag = tag.replace(colour, f"var(--{name}, {colour})")
    return tag
