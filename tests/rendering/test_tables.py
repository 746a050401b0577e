"""Tables of text in the terminal."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from emotion_classifier.rendering.tables import (
    Table,
    to_csv,
    to_latex,
    to_markdown,
    to_rich,
    to_text,
    visible,
)

TABLE = Table(
    "Scores", ("name", "UAR"), [("ours", "62.3%"), ("[red]x", "5%")], frozenset({0}), ("A note.",)
)


def test_rich_shows_cells_as_they_are() -> None:
    console = Console(file=io.StringIO(), width=60)
    console.print(to_rich(TABLE))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    for text in ("Scores", "ours", "62.3%", "[red]x", "A note."):
        assert text in shown


def test_text_has_the_same_lines_without_colour() -> None:
    lines = to_text(TABLE).splitlines()
    assert lines[0] == "Scores" and lines[-1] == "A note."
    assert any(line.split() == ["ours", "62.3%"] for line in lines)
    assert all(line == line.rstrip() for line in lines)


def test_control_characters_do_not_reach_the_terminal() -> None:
    table = Table("\x1b[2J", ("a\nb",), [("\x1b]0;title\x07",)])
    console = Console(file=io.StringIO(), width=60)
    console.print(to_rich(table))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\N{REPLACEMENT CHARACTER}[2J" in shown and "a b" in shown


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="3 cells for 2 columns"):
        Table("Scores", ("a", "b"), [("1", "2", "3")])


@given(st.text(st.characters()))
def test_visible_text_is_one_printable_line_that_utf_8_can_hold(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    shown.encode("utf-8")
    assert visible(shown) == shown


def test_letters_of_any_script_stay() -> None:
    assert visible("Zoë 愤怒 <b>") == "Zoë 愤怒 <b>"
    mark = "\N{REPLACEMENT CHARACTER}"
    assert visible("a\x1b[2J\n\tb\udcff") == f"a{mark}[2J b{mark}"


def test_csv_latex_and_markdown_hold_every_cell() -> None:
    table = Table(
        "A & b", ("a", "b_c"), [("x, y", "50%"), ("$\\z", "1 \N{EN DASH} 2")], notes=["n."]
    )
    assert to_markdown(table).splitlines() == [
        "| a | b_c |",
        "| --- | ---: |",
        "| x, y | 50% |",
        "| $\\z | 1 \N{EN DASH} 2 |",
        "",
        "n.",
    ]
    assert r"a \| b" in to_markdown(Table("", ("a | b",), []))
    assert to_csv(table) == 'a,b_c\n"x, y",50%\n$\\z,1 \N{EN DASH} 2\n'
    latex = to_latex(table).splitlines()
    assert latex[1] == r"\begin{tabular}{lr}"
    assert latex[3] == r"a & b\_c \\"
    assert latex[5:7] == [r"x, y & 50\% \\", r"\$\textbackslash{}z & 1 -- 2 \\"]
