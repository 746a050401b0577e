from __future__ import annotations

import io

import pytest
from rich.console import Console

from emotion_classifier.progress import Progress, Report, ignore, shown_on, track


def work(report: Report) -> None:
    report(Progress("two clips"))
    assert list(track("ab", "encoder", 2, report)) == ["a", "b"]
    for epoch in (1, 2):
        report(Progress(f"epoch {epoch}/2", "training", epoch, 2))


def test_lines_of_text_are_printed_where_there_is_no_terminal() -> None:
    console = Console(file=io.StringIO())
    with shown_on(console) as report:
        work(report)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == "two clips\nepoch 1/2\nepoch 2/2\n"


def test_a_terminal_shows_bars_and_the_latest_text() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with shown_on(console) as report:
        work(report)
        report(Progress(task="training", done=1, total=2))
        with pytest.raises(KeyError), shown_on(console) as again:
            again(Progress("next"))
            raise KeyError
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "two clips" in shown and "encoder" in shown
    assert shown.index("training") < shown.rindex("epoch 2/2")


def test_progress_reads_as_text() -> None:
    assert str(Progress("two clips")) == "two clips"
    assert str(Progress(task="encoder", done=1, total=4)) == "encoder: 25%"
    ignore(Progress("nothing"))
