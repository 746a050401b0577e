"""One HTML page: no script, no network, every text escaped.

It contains all its content, except recordings to play, which are files beside it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from emotion_classifier.errors import MissingDependencyError
from emotion_classifier.rendering.palette import DARK, LIGHT
from emotion_classifier.rendering.tables import Table

if TYPE_CHECKING:
    import jinja2


@dataclass(frozen=True)
class Picture:
    """A figure in a page.

    Parameters
    ----------
    svg : from `figures.to_svg`; the only text that is inserted as markup.
    caption : below the figure.
    wide : keeps its size on a narrow screen and scrolls sideways.
    """

    svg: str
    caption: str
    wide: bool = False


@dataclass(frozen=True)
class Facts:
    """Names and values; a value of several lines is collapsed at first."""

    values: Mapping[str, str]


@dataclass(frozen=True)
class Recording:
    """A sound to play.

    Parameters
    ----------
    file : its path from the folder of the page.
    groups : one value for each filter of the playlist.
    picture : path of an image of it from the folder of the page, or None.
    """

    file: str
    title: str
    detail: str
    groups: tuple[str, ...] = ()
    picture: str | None = None


@dataclass(frozen=True)
class Playlist:
    """Recordings to play, from top to bottom, with the names of the attributes to filter by."""

    recordings: Sequence[Recording]
    filters: tuple[str, ...] = ()

    def choices(self, index: int) -> Mapping[str, int]:
        """Value → recordings that have it, for the filter at `index`, in alphabetical order."""
        return dict(sorted(Counter(one.groups[index] for one in self.recordings).items()))


@dataclass(frozen=True)
class Section:
    """A heading, an introduction and the content."""

    title: str
    introduction: str
    blocks: Sequence[Table | Picture | Facts | Playlist]


@dataclass(frozen=True)
class Headline:
    """One of the few large numbers on top: its name, its value and its interval."""

    label: str
    value: str
    detail: str


@dataclass(frozen=True)
class Page:
    """The content of a page, from top to bottom; `warnings` are highlighted and come first."""

    title: str
    subtitle: str
    warnings: Sequence[str]
    headlines: Sequence[Headline]
    sections: Sequence[Section]


def to_html(page: Page) -> str:
    """The page as one self-contained HTML document."""
    template = _environment().get_template("page.html")
    return template.render(page=page, light=LIGHT, dark=DARK)


def _environment() -> jinja2.Environment:
    try:
        import jinja2
    except ImportError as error:
        raise MissingDependencyError("jinja2", "train", "writing an HTML report") from error
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("emotion_classifier.rendering"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for kind in (Table, Picture, Facts, Playlist):
        environment.tests[kind.__name__.lower()] = lambda block, kind=kind: isinstance(block, kind)
    environment.filters["link"] = lambda path: quote(os.fsencode(path))
    return environment
