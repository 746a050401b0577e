"""Interrupted files of rows: repaired, continued, never destroyed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import AudioError, ConfigError, StorageError
from emotion_classifier.inference.files.formats import ROW_FORMATS, CsvOptions
from emotion_classifier.inference.files.origin import origin_file
from emotion_classifier.inference.files.result import FilePrediction, prediction_layout
from emotion_classifier.inference.files.result_file import ResultFile
from emotion_classifier.inference.files.written_rows import WrittenRows

LAYOUT = prediction_layout(LabelSet(("happy", "sad")))
ORIGIN = {"rule": 2, "model": "toy"}
BAD_NAME = 'line\nbreak "and" quote.wav'


def predicted(name: str) -> FilePrediction:
    return FilePrediction(name, "sad", "sad", 0.7, {"happy": 0.3, "sad": 0.7})


ROWS = [
    predicted("a.wav"),
    predicted(BAD_NAME),
    FilePrediction.of_result(Path("b.wav"), AudioError(None, "missing", "there is no such file")),
    predicted("caf\udce9.wav"),
    predicted("=1+2.wav"),
]


def write(
    target: ResultFile, rows: list[FilePrediction], complete: set[str] | None = None
) -> WrittenRows:
    """Write the rows that the file does not have, and return those that it had."""
    with target.opened(LAYOUT, ORIGIN, complete) as (writer, written):
        for row in rows:
            if row.file not in written.files:
                writer.write(row)
    return written


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("jsonl", CsvOptions()),
        ("csv", CsvOptions()),
        ("csv", CsvOptions(bom=True, safe_cells=True)),
    ],
    ids=["jsonl", "csv", "excel"],
)
def test_a_file_cut_anywhere_and_continued_equals_the_complete_file(
    tmp_path: Path, name: str, options: CsvOptions
) -> None:
    path = tmp_path / "rows"
    write(ResultFile(path, name, options), ROWS)
    whole = path.read_bytes()
    target = ResultFile(path, name, options, resume=True)
    for length in sorted({*range(0, len(whole), 5), *range(len(whole) - 20, len(whole) + 1)}):
        path.write_bytes(whole[:length])
        write(target, ROWS)
        assert path.read_bytes() == whole, length
    assert write(target, ROWS) == WrittenRows(frozenset(row.file for row in ROWS), failed=1)


def test_rows_of_files_that_are_not_complete_are_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    write(ResultFile(path, "csv"), ROWS)
    whole = path.read_bytes()
    target = ResultFile(path, "csv", resume=True)
    assert write(target, ROWS, {"a.wav", BAD_NAME}).files == {"a.wav", BAD_NAME}
    assert path.read_bytes() == whole


@pytest.mark.parametrize("name", ["jsonl", "csv"])
@pytest.mark.parametrize(
    "content",
    [
        b"RIFF\x24\0\0\0WAVEfmt \n\x10\0\0\0",
        b"file,answer\na.wav,sad\n",
        b'{"file": "a.wav", "probabilities": {"calm": 1.0}}\n',
        b'["file"]\nx',
        b"\n",
        b"x" * (1 << 20) + b"y",
        b"a note",
    ],
    ids=["audio", "csv", "emotions", "list", "empty-line", "long", "short"],
)
def test_a_file_of_something_else_is_refused_and_left_as_it_is(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / "rows"
    write(ResultFile(path, name), [])
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="Name another file"):
        write(ResultFile(path, name, resume=True), ROWS)
    assert path.read_bytes() == content


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    target = ResultFile(tmp_path / "rows.csv", "csv")
    with target.opened(LAYOUT, ORIGIN) as (writer, _):
        for other in (target, ResultFile(target.path, "csv", resume=True)):
            with pytest.raises(ConfigError, match="written by another process"):
                write(other, ROWS)
        writer.write(ROWS[0])
    with pytest.raises(ConfigError, match="exists already: add --resume"):
        write(target, ROWS)
    assert write(ResultFile(target.path, "csv", resume=True), ROWS).files == {"a.wav"}


def test_json_is_valid_after_an_interruption(tmp_path: Path) -> None:
    path = tmp_path / "new" / "rows.json"
    with (
        pytest.raises(KeyboardInterrupt),
        ResultFile(path, "json").opened(LAYOUT, ORIGIN) as (writer, _),
    ):
        writer.write(ROWS[0])
        writer.write(ROWS[1])
        raise KeyboardInterrupt
    assert [record["file"] for record in json.loads(path.read_text())] == ["a.wav", BAD_NAME]


def test_a_failed_write_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "rows.csv", tmp_path):
        with pytest.raises(StorageError, match="Name another file"):
            write(ResultFile(path, "csv"), ROWS)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_an_error() -> None:
    with pytest.raises(StorageError, match="Free some space"):
        write(ResultFile(Path("/dev/full"), "csv"), ROWS)


@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes with names")
def test_devices_pipes_and_open_files_have_no_file_beside_them(tmp_path: Path) -> None:
    regular = tmp_path / "rows.csv"
    with regular.open("wb") as file:
        target = ResultFile(Path(f"/dev/fd/{file.fileno()}"), "csv")
        write(target, ROWS)
        assert not target.can_be_continued
    assert regular.stat().st_size > 0
    (tmp_path / "null").symlink_to("/dev/null")
    write(ResultFile(tmp_path / "null", "csv"), ROWS)
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write(ResultFile(tmp_path / "pipe", "csv"), ROWS)
    assert os.read(reader, 4) == b"file"
    os.close(reader)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["null", "pipe", "rows.csv"]


@pytest.mark.parametrize("name", [name for name in ROW_FORMATS if name != "csv"])
def test_options_of_csv_are_refused_elsewhere(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"options of csv, and the format is {name}"):
        ResultFile(tmp_path / "x", name, CsvOptions(bom=True)).check()


def test_safe_cells_belong_to_the_origin(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    write(ResultFile(path, "csv", CsvOptions(safe_cells=True)), ROWS)
    assert json.loads(origin_file(path).read_text())["safe_cells"]
    with pytest.raises(ConfigError, match="safe_cells was true"):
        write(ResultFile(path, "csv", resume=True), ROWS)


def test_a_workbook_is_not_written_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    ResultFile(None, "csv").check()
    with pytest.raises(ConfigError, match="xlsx is no text"):
        ResultFile(None, "xlsx").check()
