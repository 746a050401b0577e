"""Text that the commands print, and progress on a terminal and in a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.text import Text
from tests.cli.conftest import Command

from emotion_classifier.cli.terminal import (
    make_console,
    print_line,
    print_note,
    print_text,
    show_progress,
)
from emotion_classifier.progress import Progress, shown_on

HOSTILE = "a\x1b[31m\x9b2J\r\u202e[bold]\n"
"""Terminal escapes, a carriage return, reversed text, markup and a line feed."""
SHOWN = r"a\x1b[31m\x9b2J\r\u202e[bold]"


def test_no_text_controls_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_text(HOSTILE)
    make_console().print(Text("b" + HOSTILE[1:-1].replace("\r", "")))
    print_line(HOSTILE)
    with shown_on(make_console()) as report:
        report(Progress("warning: " + HOSTILE.replace("\r", "")))
    printed = capsys.readouterr().out.splitlines()
    without_return = SHOWN.replace(r"\r", "")
    assert printed == [
        SHOWN,
        "b" + without_return[1:],
        SHOWN + r"\n",
        "warning: " + without_return + r"\n",
    ]


def test_a_name_cannot_forge_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    print_note(f"error: {HOSTILE}error: forged\n  detail")
    assert capsys.readouterr().err.splitlines() == [
        rf"error: {SHOWN}\nerror: forged",
        "  detail",
    ]


@pytest.mark.parametrize(
    "command",
    [
        ("timeline",),
        ("model", "show"),
        ("config", "show"),
        ("recipes", "show"),
        ("augment", "preview"),
        ("predict", "--list"),
        ("predict", "--no-such"),
        ("corpus", "stats"),
        ("evaluate",),
        ("listen", "--speed", "max", "--words", "none", "--input"),
    ],
    ids=" ".join,
)
def test_errors_about_hostile_names_are_one_printable_line(
    emotion: Command, tmp_path: Path, command: tuple[str, ...]
) -> None:
    ended = emotion(*command, tmp_path / HOSTILE)
    assert ended.code == 2
    assert "\x1b" not in ended.error + ended.out
    lines = ended.error.splitlines()
    assert all(line.isprintable() for line in lines)
    assert len(lines) == 1 or lines[0].startswith("Usage")


def test_a_terminal_shows_the_amount_done_and_the_total(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes it for a terminal
    with show_progress("analysing", "s") as report:
        report(4.6, 7.3)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "analysing" in shown.err and "4/7 s" in shown.err
    with show_progress("analysing", "s", shown=False) as report:
        report(4.6, 7.3)
    assert capsys.readouterr().err == ""


def test_no_progress_is_printed_to_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    with show_progress("analysing", "s") as report:
        report(4.6, 7.3)
    assert capsys.readouterr().err == ""
