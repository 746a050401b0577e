"""Tables of text in the terminal and as plain lines."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from emotion_classifier.rendering.tables import Table, to_rich, to_text

TABLE = Table(
    "Scores", ("name", "UAR"), [("ours", "62.3%"), ("[red]x", "5%")], frozenset({0}), ("A note.",)
)


def test_plain_lines_are_aligned() -> None:
    assert to_text(TABLE).split("\n") == [
        "Scores",
        "name      UAR",
        "------  -----",
        "ours    62.3%",
        "[red]x     5%",
        "A note.",
    ]


def test_a_table_without_rows_is_its_heading() -> None:
    assert to_text(Table("None", ("name", "n"), [])) == "None\nname  n\n----  -"


def test_rich_shows_cells_as_they_are() -> None:
    console = Console(file=io.StringIO(), width=60)
    console.print(to_rich(TABLE))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    for text in ("Scores", "ours", "62.3%", "[red]x", "A note."):
        assert text in shown


def test_control_characters_do_not_reach_the_terminal() -> None:
    table = Table("\x1b[2J", ("a\nb",), [("\x1b]0;title\x07",)])
    console = Console(file=io.StringIO(), width=60)
    console.print(to_rich(table))
    assert isinstance(console.file, io.StringIO)
    for shown in (to_text(table), console.file.getvalue()):
        assert "\x1b" not in shown
        assert "\x07" not in shown
    title, columns, *_ = to_text(table).split("\n")
    assert (title, columns) == ("\N{REPLACEMENT CHARACTER}[2J", "a b")


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="3 cells for 2 columns"):
        Table("Scores", ("a", "b"), [("1", "2", "3")])
