from __future__ import annotations

import csv
import errno
import os
import stat
from pathlib import Path

import pytest

from emotion_classifier.errors import StorageError
from emotion_classifier.storage import expanded, remove_leftovers, write_atomically, write_csv


def test_writes_into_a_new_folder_and_replaces(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "file.bin"
    write_atomically(target, b"first", "")
    write_atomically(target, memoryview(b"second"), "")
    assert target.read_bytes() == b"second"
    assert list(target.parent.iterdir()) == [target]


def test_a_full_disk_keeps_the_old_file_and_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "file.bin"
    target.write_bytes(b"old")

    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageError, match=r"file\.bin.*No space left.*Buy a disk\."):
        write_atomically(target, b"new", "Buy a disk.")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_durable_file_is_on_the_disk_before_its_name_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[bool, bool]] = []
    target = tmp_path / "file.bin"

    def record(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synced.append((is_folder, target.exists()))

    monkeypatch.setattr(os, "fsync", record)
    write_atomically(target, b"lost by a power failure", "", durable=False)
    assert synced == []
    target.unlink()
    write_atomically(target, b"kept", "")
    assert synced == [(False, False), (True, True)]


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(pipe, b"content", "")
    assert os.read(reader, 100) == b"content"
    os.close(reader)
    assert pipe.is_fifo()


def test_leftovers_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    inner = tmp_path / "checkpoints"
    inner.mkdir()
    for name in (".0123.tmp", "kept.tmp", ".kept"):
        (inner / name).touch()
    (tmp_path / ".4567.tmp").touch()
    remove_leftovers(tmp_path)
    assert {path.name for path in tmp_path.rglob("*")} == {"checkpoints", "kept.tmp", ".kept"}


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for target in (tmp_path / "file" / "x.bin", tmp_path / "file" / "deeper" / "x.bin"):
        with pytest.raises(StorageError, match="Choose another"):
            write_atomically(target, b"data", "Choose another.")


def test_a_folder_in_the_way_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.bin" / "inside").mkdir(parents=True)
    with pytest.raises(StorageError, match="Choose another"):
        write_atomically(tmp_path / "x.bin", b"data", "Choose another.")
    assert list(tmp_path.iterdir()) == [tmp_path / "x.bin"]


def test_names_with_line_breaks_read_back(tmp_path: Path) -> None:
    rows = [["a\rb", "1"], ["a\nb", "2"], ["a\r\nb", "3"], ['a"b', "4"]]
    write_csv(tmp_path / "rows.csv", rows, "Buy a disk.")
    with (tmp_path / "rows.csv").open(newline="") as file:
        assert list(csv.reader(file)) == rows


@pytest.mark.parametrize("name", ["x" * 300, "loop/file.bin"], ids=["long name", "link loop"])
def test_every_error_of_a_file_system_names_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(StorageError, match=r"cannot write .*\. Buy a disk\."):
        write_atomically(tmp_path / name, b"", "Buy a disk.")


def test_home_folders_that_do_not_exist_stay_in_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere")
    monkeypatch.setenv("USERPROFILE", "/somewhere")
    assert expanded(Path("~/a")) == Path("/somewhere/a")
    assert expanded(Path("~no-such-user-here/a")) == Path("~no-such-user-here/a")
