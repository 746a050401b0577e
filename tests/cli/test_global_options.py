"""Version, quiet and verbose, completion, and `python -m emotion_classifier`."""

from __future__ import annotations

import runpy
import sys

import pytest
from tests.cli.conftest import Command

import emotion_classifier
from emotion_classifier.cli.terminal import print_note, report_progress
from emotion_classifier.progress import Progress


def test_the_version_is_printed(emotion: Command) -> None:
    ended = emotion("--version")
    assert (ended.code, ended.out) == (0, f"emotion_classifier {emotion_classifier.__version__}\n")


@pytest.mark.parametrize("command", [(), ("predict",), ("corpus", "stats"), ("train",)])
def test_h_is_help(emotion: Command, command: tuple[str, ...]) -> None:
    ended = emotion(*command, "-h")
    assert ended.code == 0
    assert ended.out == emotion(*command, "--help").out


def test_the_package_runs_as_a_module(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["__main__.py", "--version"])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("emotion_classifier", run_name="__main__")
    assert not end.value.code
    assert emotion_classifier.__version__ in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [("-v", "model", "show", "nix"), ("model", "show", "nix", "-v")]
)
def test_verbose_errors_have_a_traceback(emotion: Command, arguments: tuple[str, ...]) -> None:
    error = emotion(*arguments).error
    assert "Traceback" in error
    assert error.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in emotion("model", "show", "nix").error


def test_quiet_commands_print_results_warnings_and_errors_only(
    emotion: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert emotion("-q", "recipes", "show", "tay").error.startswith("error: ")
    print_note("a remark")
    with report_progress() as report:
        report(Progress("a message"))
        report(Progress("warning: a leak"))
    assert capsys.readouterr() == ("", "warning: a leak\n")
    assert "neutral" in emotion("model", "list", "-q").out
    assert emotion("model", "list").code == 0  # and the next command is not quiet
    print_note("a remark")
    assert capsys.readouterr().err == "a remark\n"


def test_completion_is_offered(emotion: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    # Otherwise it is the shell that the tests were started from, and perhaps there is none.
    monkeypatch.setattr("shellingham.detect_shell", lambda: ("bash", "/bin/bash"))
    assert "_emotion_completion()" in emotion("--show-completion").out
    monkeypatch.setenv("_EMOTION_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "emotion tim")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert emotion().out.split() == ["timeline"]
