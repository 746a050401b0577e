from __future__ import annotations

import io
from dataclasses import astuple

import pytest
from rich.console import Console

from emotion_classifier.config import StrictConfig
from emotion_classifier.config.option_reference import OptionRow, reference
from emotion_classifier.config.reference_rendering import to_markdown, to_table

_ROW = OptionRow("a.N.b", "cnn", "text", "[red]", "matching a|b", "First [bold]choice[/bold].")


def test_markdown_has_a_line_for_every_option(run_config: type[StrictConfig]) -> None:
    rows = reference(run_config)
    lines = to_markdown(rows).splitlines()
    assert lines[:2] == [
        "| Option | Kind | Type | Default | Range | Meaning |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    assert [line.split(" | ")[0] for line in lines[2:]] == [f"| `{row.key}`" for row in rows]


def test_a_bar_in_a_cell_is_no_new_column() -> None:
    assert to_markdown([_ROW]).splitlines()[2] == (
        "| `a.N.b` | `cnn` | text | `[red]` | matching a\\|b | First [bold]choice[/bold]. |"
    )


def _shown(rows: list[OptionRow], width: int) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(to_table(rows))
    return console.export_text()


def test_a_row_of_the_table() -> None:
    words = " ".join(_shown([_ROW], 100).replace("─", "").split())
    assert words == (
        "Option Value Meaning a.N.b text (matching a|b) First [bold]choice[/bold]. "
        "(kind cnn) default [red]"
    )


@pytest.mark.parametrize("width", [40, 80, 300])
def test_nothing_of_the_table_is_cut(width: int, run_config: type[StrictConfig]) -> None:
    rows = [_ROW, *reference(run_config)]
    wide, shown = _shown(rows, 1000), _shown(rows, width)
    assert max(map(len, shown.splitlines())) <= width
    assert "…" not in shown
    letters = sorted("".join(shown.replace("─", "").split()))
    assert letters == sorted("".join(wide.replace("─", "").split()))
    assert all(field in wide for row in rows for field in astuple(row))
