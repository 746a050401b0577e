"""One HTML page: no network, every text escaped, a script only for the keys of a playlist.

It contains all its content, except recordings to play and linked files, which are beside it.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from emotion_classifier.errors import MissingDependencyError
from emotion_classifier.rendering.palette import DARK, LIGHT
from emotion_classifier.rendering.tables import Table

if TYPE_CHECKING:
    import jinja2

SHOWN_WARNINGS = 3
"""Warnings that are always shown; more are folded away."""


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
class BulletList:
    """Short texts, one below the other."""

    items: Sequence[str]


@dataclass(frozen=True)
class Recording:
    """A sound to play.

    Parameters
    ----------
    file : its path from the folder of the page.
    groups : one value for each filter of the playlist.
    ranks : its position in each other order of the playlist, from 0.
    picture : path of an image of it from the folder of the page, or None.
    """

    file: str
    title: str
    detail: str
    groups: tuple[str, ...] = ()
    ranks: tuple[int, ...] = ()
    picture: str | None = None


@dataclass(frozen=True)
class Playlist:
    """Recordings to play, from top to bottom.

    Parameters
    ----------
    filters : names of the attributes to filter by.
    orders : names of the orders: first that of `recordings`, then those of `Recording.ranks`.
    """

    recordings: Sequence[Recording]
    filters: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()

    def choices(self, index: int) -> Mapping[str, int]:
        """Value → recordings that have it, for the filter at `index`, in alphabetical order."""
        return dict(sorted(Counter(one.groups[index] for one in self.recordings).items()))


@dataclass(frozen=True)
class Section:
    """A heading, an introduction and the content."""

    title: str
    introduction: str
    blocks: Sequence[Table | Picture | Facts | BulletList | Playlist]


@dataclass(frozen=True)
class Headline:
    """One of the few large numbers on top: its name, its value and its interval."""

    label: str
    value: str
    detail: str


@dataclass(frozen=True)
class Page:
    """The content of a page, from top to bottom; `warnings` are highlighted and come first.

    Parameters
    ----------
    origin : name → value of what made the page: date, command, versions.
    links : name → path of a file, from the folder of the page.
    table_files : folder of the tables as CSV and LaTeX, from the folder of the page; None where
        there are none.
    """

    title: str
    subtitle: str
    warnings: Sequence[str]
    headlines: Sequence[Headline]
    sections: Sequence[Section]
    origin: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    table_files: str | None = None

    @property
    def tables(self) -> Mapping[str, Table]:
        """Name of a file, without suffix → table, in the order of the page."""
        tables: dict[str, Table] = {}
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, Table):
                    tables[_unique(f"{section.title} {block.title}", tables)] = block
        return tables

    def name_of(self, table: Table) -> str:
        """The name of a table's files, without suffix."""
        return next(name for name, one in self.tables.items() if one is table)


def _unique(title: str, taken: Mapping[str, Table]) -> str:
    name = re.sub(r"[^\w-]+", "-", title.lower()).strip("-")[:80] or "table"
    return name if name not in taken else f"{name}-{len(taken)}"


def to_html(page: Page) -> str:
    """The page as one self-contained HTML document."""
    environment = _environment()
    blocks = [block for section in page.sections for block in section.blocks]
    script = ""
    if any(isinstance(block, Playlist) for block in blocks):
        script = environment.get_template("playlist.js").render().strip()
    return environment.get_template("page.html").render(
        page=page,
        light=LIGHT,
        dark=DARK,
        script=script,
        script_hash=_hash(script),
        shown_warnings=SHOWN_WARNINGS,
    )


def _hash(script: str) -> str:
    """The source of a content security policy that allows this script and no other."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache  # which keeps the compiled templates
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
    for kind in (Table, Picture, Facts, BulletList, Playlist):
        environment.tests[kind.__name__.lower()] = lambda block, kind=kind: isinstance(block, kind)
    environment.filters["link"] = lambda path: quote(os.fsencode(path))
    return environment
