"""The reference of options as Markdown and as a table for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from emotion_classifier.config.option_reference import OptionRow

if TYPE_CHECKING:
    from rich.table import Table

_HEADINGS = ("Option", "Kind", "Type", "Default", "Range", "Meaning")


def to_markdown(rows: Sequence[OptionRow]) -> str:
    """A Markdown table with a line for every option."""
    lines = [_markdown_line(_HEADINGS), _markdown_line(["---"] * len(_HEADINGS))]
    lines += [_markdown_line(_cells(row)) for row in rows]
    return "\n".join(lines) + "\n"


def to_table(rows: Sequence[OptionRow]) -> Table:
    """A table for the terminal with a row for every option; nothing is cut, long cells wrap."""
    from rich import box  # here, so that settings load without it
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for heading in _HEADINGS:
        table.add_column(heading, overflow="fold")
    for row in rows:
        # Text and not str: square brackets in a cell are no markup
        cells = (row.key, row.kind, row.type, row.default, row.range, row.description)
        table.add_row(*map(Text, cells))
    return table


def _cells(row: OptionRow) -> list[str]:
    return [
        _code(row.key),
        _code(row.kind),
        row.type,
        _code(row.default),
        row.range,
        row.description,
    ]


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _markdown_line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
