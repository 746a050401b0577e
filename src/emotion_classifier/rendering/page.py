"""One self-contained HTML page: no script, no network, every text escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    svg : from `figures.to_svg`; it is the one text that a page takes as markup.
    caption : what to see in it.
    wide : stays large on a narrow screen, where the reader moves it sideways.
    """

    svg: str
    caption: str
    wide: bool = False


@dataclass(frozen=True)
class Facts:
    """Names and values; a value of several lines is folded away until the reader opens it."""

    values: Mapping[str, str]


@dataclass(frozen=True)
class Section:
    """A heading, what to know before reading on, and the content."""

    title: str
    introduction: str
    blocks: Sequence[Table | Picture | Facts]


@dataclass(frozen=True)
class Headline:
    """One of the few large numbers on top: its name, its value, and how sure it is."""

    label: str
    value: str
    detail: str


@dataclass(frozen=True)
class Page:
    """What a page says, from top to bottom; `warnings` stand out and come first."""

    title: str
    subtitle: str
    warnings: Sequence[str]
    headlines: Sequence[Headline]
    sections: Sequence[Section]


def to_html(page: Page) -> str:
    """The page as one HTML document that needs nothing else."""
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
    for name, kind in {"table": Table, "picture": Picture, "facts": Facts}.items():
        environment.tests[name] = lambda block, kind=kind: isinstance(block, kind)
    return environment
