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


@pytest.mark.parametrize("width", [60, 100, 300])
def test_the_table_shows_all_of_every_cell(width: int, run_config: type[StrictConfig]) -> None:
    rows = [_ROW, *reference(run_config)]
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(to_table(rows))
    shown = console.export_text()
    letters = sum(len("".join(cell.split())) for row in rows for cell in astuple(row))
    headings = len("OptionKindTypeDefaultRangeMeaning")
    rules = shown.count("─")
    assert len("".join(shown.split())) == letters + headings + rules
