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
    """A table for the terminal with a row for every option; nothing is cut, long cells wrap.

    It has three columns, so that it can be read in 80 characters.
    """
    from rich import box  # here, so that settings load without it
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("Option", "Value", "Meaning"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        # Text and not str: square brackets in a cell are no markup
        table.add_row(Text(_name(row)), Text(_value(row)), Text(row.description))
    return table


def _name(row: OptionRow) -> str:
    return f"{row.key}\n(kind {row.kind})" if row.kind else row.key


def _value(row: OptionRow) -> str:
    limits = f" ({row.range})" if row.range else ""
    default = row.default if row.default == "required" else f"default {row.default}"
    return f"{row.type}{limits}\n{default}"


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
