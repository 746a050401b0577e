"""Tables of text, for the terminal and for pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import rich.table


def visible(text: str) -> str:
    """`text` on one line, characters that cannot be displayed replaced by U+FFFD.

    Control characters would control a terminal; bytes that are not UTF-8 cannot be drawn.
    """
    line = " ".join(text.split())
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line
    )


@dataclass(frozen=True)
class Table:
    """Rows of cells under column names.

    Parameters
    ----------
    columns : their names.
    rows : one cell for each column.
    strong : positions of the highlighted rows.
    notes : lines under the table.
    left : positions of the columns that the terminal and LaTeX align left, the others right.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    strong: frozenset[int] = field(default_factory=frozenset)
    notes: Sequence[str] = ()
    left: frozenset[int] = frozenset({0})

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{len(row)} cells for {len(self.columns)} columns: {row}")


def to_rich(table: Table) -> rich.table.Table:
    """The table for a rich console; its cells are literal, without markup."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    shown = RichTable(title=Text(visible(table.title)), title_justify="left", box=box.SIMPLE_HEAD)
    for place, column in enumerate(table.columns):
        justify: Literal["left", "right"] = "left" if place in table.left else "right"
        shown.add_column(Text(visible(column)), justify=justify)
    for place, row in enumerate(table.rows):
        cells = [Text(visible(cell)) for cell in row]
        shown.add_row(*cells, style="bold" if place in table.strong else None)
    if table.notes:
        shown.caption = Text("\n".join(map(visible, table.notes)))
        shown.caption_justify = "left"
    return shown


def to_csv(table: Table) -> str:
    """The columns and rows as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([table.columns, *table.rows])
    return text.getvalue()


def to_markdown(table: Table) -> str:
    """The table as Markdown, with its notes below."""
    separator = ["---" if place in table.left else "---:" for place in range(len(table.columns))]
    lines = [
        "| " + " | ".join(visible(cell).replace("|", r"\|") for cell in row) + " |"
        for row in (table.columns, separator, *table.rows)
    ]
    return "\n".join([*lines, *(f"\n{visible(note)}" for note in table.notes)]) + "\n"


_LATEX = str.maketrans(
    {letter: f"\\{letter}" for letter in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"\N{EN DASH}": "--", "<": "$<$", ">": "$>$"}
)


def to_latex(table: Table) -> str:
    """The table as a LaTeX ``tabular`` with the rules of the package ``booktabs``."""
    lines = [" & ".join(visible(cell).translate(_LATEX) for cell in row) for row in table.rows]
    heading = " & ".join(visible(name).translate(_LATEX) for name in table.columns)
    columns = "".join("l" if place in table.left else "r" for place in range(len(table.columns)))
    rows = "".join(f"{line} \\\\\n" for line in lines)
    return (
        f"% {visible(table.title)}\n\\begin{{tabular}}{{{columns}}}\n\\toprule\n{heading} \\\\\n"
        f"\\midrule\n{rows}\\bottomrule\n\\end{{tabular}}\n"
    )


def to_text(table: Table) -> str:
    """The table as lines of at most 120 characters, for messages."""
    from rich.console import Console

    console = Console(file=io.StringIO(), width=120, color_system=None, soft_wrap=True)
    with console.capture() as capture:
        console.print(to_rich(table))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())
