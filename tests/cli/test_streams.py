"""Standard output that is closed or full, and consoles that are not UTF-8."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Command

from emotion_classifier.cli.streams import is_closed_pipe, name_output, prepare_streams

COMMAND = [sys.executable, "-c", "from emotion_classifier.cli import main; main()"]
NAME = "日本 é\N{GRINNING FACE}\udcff"  # the last stands for a byte that is no UTF-8


def console(monkeypatch: pytest.MonkeyPatch, encoding: str) -> io.BytesIO:
    """The bytes that reach a console with this encoding."""
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding, write_through=True)
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    prepare_streams()
    return written


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "latin-1"])
def test_letters_that_the_console_lacks_are_escapes_that_json_reads(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = console(monkeypatch, encoding)
    print(json.dumps(NAME, ensure_ascii=False))
    assert json.loads(written.getvalue().decode(encoding)) == NAME


def test_files_and_pipes_are_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "cp1252", write_through=True))
    prepare_streams()
    print("日本", end="")
    assert written.getvalue().decode("utf-8") == "日本"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize(
    "command",
    ["config reference inference", "config reference --format markdown", "recipes list", "--help"],
)
def test_no_command_fails_on_a_console_that_is_not_utf_8(
    command: str, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from emotion_classifier.cli import main

    written = console(monkeypatch, encoding)
    monkeypatch.setattr(sys, "argv", ["emotion", *command.split()])
    try:
        main()
    except SystemExit as end:
        assert not end.code
    shown = written.getvalue().decode(encoding)
    assert shown
    assert r"\u2265" not in shown


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["recipes list", "config reference inference", "--help"])
def test_a_full_output_is_an_error(command: str) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        ended = subprocess.run(
            [*COMMAND, *command.split()], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: standard output: No space left on device")
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="descriptors are inherited otherwise")
def test_a_closed_output_is_an_error() -> None:
    ended = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, "recipes", "list"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert ended.returncode == 2
    assert ended.stderr == "error: standard output: Bad file descriptor\n"


def test_a_reader_that_ends_early_ends_the_command_silently() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        ended = subprocess.run(
            [*COMMAND, "recipes", "list"], stdout=pipe, stderr=subprocess.PIPE, text=True
        )
    assert (ended.returncode, ended.stderr) == (1, "")


def test_the_closed_pipe_of_windows_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    invalid = OSError(errno.EINVAL, "Invalid argument")
    assert not is_closed_pipe(invalid)
    monkeypatch.setattr("emotion_classifier.cli.streams.os.name", "nt")
    assert is_closed_pipe(invalid)
    assert not is_closed_pipe(OSError(errno.EINVAL, "Invalid argument", "a:b.wav"))


def test_only_errors_of_writing_without_a_file_are_those_of_the_output() -> None:
    full, named = OSError(errno.ENOSPC, "full"), OSError(errno.ENOSPC, "full", "a.csv")
    missing = OSError(errno.ENOENT, "missing")
    for error in (full, named, missing):
        name_output(error)
    assert [e.filename for e in (full, named, missing)] == ["standard output", "a.csv", None]


def test_errors_of_the_system_are_messages(emotion: Command, tmp_path: Path) -> None:
    long, loop = tmp_path / ("x" * 300), tmp_path / "loop"
    loop.symlink_to(loop)
    for target, reason in ((long, "too long"), (loop / "toy.yml", "broken link")):
        ended = emotion("recipes", "copy", "toy", target)
        assert ended.code == 2
        assert ended.error.startswith("error: ") and len(ended.error.splitlines()) == 1
        assert str(target) in ended.error and reason in ended.error


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_is_cut_off_is_an_error(tmp_path: Path, unbuffered: str) -> None:
    # Without a buffer Python takes the part that was written for the whole.
    ended = subprocess.run(
        ["sh", "-c", 'ulimit -f 1; exec "$@" > out.txt', "sh", *COMMAND, "recipes", "list"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: standard output: File too large")
