"""Tables of text: for the terminal, as plain lines, and for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emotion_classifier.rendering.text import visible

if TYPE_CHECKING:
    import rich.table


@dataclass(frozen=True)
class Table:
    """Rows of cells under column names.

    Parameters
    ----------
    title : one line above the table.
    columns : their names; the first column is text, the others stand to the right.
    rows : one cell for each column.
    strong : positions of the rows that the reader looks for.
    notes : lines under the table.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    strong: frozenset[int] = field(default_factory=frozenset)
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{len(row)} cells for {len(self.columns)} columns: {row}")


def to_rich(table: Table) -> rich.table.Table:
    """The table for a rich console; its cells are shown as they are, without markup."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    shown = RichTable(title=Text(visible(table.title)), title_justify="left", box=box.SIMPLE_HEAD)
    for place, column in enumerate(table.columns):
        shown.add_column(Text(visible(column)), justify="right" if place else "left")
    for place, row in enumerate(table.rows):
        cells = [Text(visible(cell)) for cell in row]
        shown.add_row(*cells, style="bold" if place in table.strong else None)
    if table.notes:
        shown.caption = Text("\n".join(map(visible, table.notes)))
        shown.caption_justify = "left"
    return shown


def to_text(table: Table) -> str:
    """The table as plain aligned lines, without colour: for logs and files."""
    columns, *rows = [[visible(cell) for cell in line] for line in (table.columns, *table.rows)]
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    aligned = [_aligned(line, widths) for line in (columns, rule, *rows)]
    return "\n".join([visible(table.title), *aligned, *map(visible, table.notes)])


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return "  ".join(padded).rstrip()
