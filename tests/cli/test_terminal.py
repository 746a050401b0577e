"""Progress of a long command on a terminal and in a file."""

from __future__ import annotations

import pytest

from emotion_classifier.cli.terminal import show_progress


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
