"""What a terminal shows of a long command."""

from __future__ import annotations

import pytest

from emotion_classifier.cli.terminal import show_progress


def test_a_terminal_shows_how_far_it_is_and_of_how_much(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes it for a terminal
    with show_progress("s") as tell:
        tell(4.6, 7.3)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "4/7" in shown.err
    with show_progress("s", shown=False) as tell:
        tell(4.6, 7.3)
    assert capsys.readouterr().err == ""


def test_a_file_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    with show_progress("s") as tell:
        tell(4.6, 7.3)
    assert capsys.readouterr().err == ""
