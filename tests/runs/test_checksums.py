from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from emotion_classifier.errors import RunError
from emotion_classifier.runs.checksums import CHECKSUMS, check, record


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "history.csv"
    file.write_bytes(b"epoch,loss\n1,0.5\n2,0.25\n")
    return file


def test_a_recorded_file_passes_until_it_is_recorded_anew(file: Path) -> None:
    other = file.with_name("split.csv")
    other.write_bytes(b"a")
    record(file, other)
    check(file)
    other.write_bytes(b"b")
    record(other)
    check(file)
    check(other)


@pytest.mark.parametrize("content", [b"", b"epoch,loss\n1,0.5\n", b"epoch,loss\n1,0.5\n2,0.35\n"])
def test_a_file_that_was_truncated_emptied_or_flipped_is_refused(
    file: Path, content: bytes
) -> None:
    record(file)
    file.write_bytes(content)
    with pytest.raises(
        RunError, match=rf"history\.csv is damaged .* delete its line in {CHECKSUMS}"
    ):
        check(file)
    file.unlink()
    with pytest.raises(RunError):
        check(file)


def test_a_file_of_an_earlier_version_passes(file: Path) -> None:
    check(file)
    record(file)
    check(file.with_name("split.csv"))


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs coreutils")
def test_other_programs_read_the_list(file: Path) -> None:
    record(file)
    arguments = ["sha256sum", "--check", "--strict", CHECKSUMS]
    assert subprocess.run(arguments, cwd=file.parent, check=False).returncode == 0
