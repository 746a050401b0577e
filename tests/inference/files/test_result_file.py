"""Interrupted files of rows: repaired, continued, never destroyed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pytest

from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import AudioError, ConfigError, StorageError
from emotion_classifier.inference.files.formats import FormatName, row_format
from emotion_classifier.inference.files.result import Row
from emotion_classifier.inference.files.result_file import Earlier, open_rows, read_earlier

LABELS = LabelSet(("happy", "sad"))
BAD_NAME = 'line\nbreak "and" quote.wav'
Resumable = Literal["jsonl", "csv"]


def answered(name: str) -> Row:
    return Row(name, "sad", "sad", 0.7, {"happy": 0.3, "sad": 0.7}, 2.0, 0.5)


ROWS = [
    answered("a.wav"),
    answered(BAD_NAME),
    Row.of_result(Path("b.wav"), AudioError(None, "missing", "there is no such file")),
    answered("caf\udce9.wav"),
]


def write(path: Path, name: FormatName, rows: list[Row]) -> bytes:
    with open_rows(path, row_format(name, LABELS)) as writer:
        for row in rows:
            writer.write(row)
    return path.read_bytes()


@pytest.mark.parametrize("name", ["jsonl", "csv"])
def test_cut_anywhere_and_continued_the_file_is_the_whole_one(
    tmp_path: Path, name: Resumable
) -> None:
    path = tmp_path / "rows"
    whole = write(path, name, ROWS)
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        earlier = read_earlier(path, name, LABELS)
        remaining = [row for row in ROWS if row.file not in earlier.files]
        assert len(earlier.files) + len(remaining) == len(ROWS)
        assert write(path, name, remaining) == whole, length
    assert read_earlier(path, name, LABELS) == Earlier(frozenset(r.file for r in ROWS), failed=1)


def test_nothing_was_there_before(tmp_path: Path) -> None:
    assert read_earlier(tmp_path / "rows", "csv", LABELS) == Earlier()


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
    tmp_path: Path, name: Resumable, content: bytes
) -> None:
    path = tmp_path / "rows"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="Name another file"):
        read_earlier(path, name, LABELS)
    assert path.read_bytes() == content


def test_json_is_valid_after_an_interruption(tmp_path: Path) -> None:
    path = tmp_path / "new" / "rows.json"
    with (
        pytest.raises(KeyboardInterrupt),
        open_rows(path, row_format("json", LABELS)) as writer,
    ):
        writer.write(ROWS[0])
        writer.write(ROWS[1])
        raise KeyboardInterrupt
    assert [record["file"] for record in json.loads(path.read_text())] == ["a.wav", BAD_NAME]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "rows.csv", tmp_path):
        with pytest.raises(StorageError, match="Name another file"):
            write(path, "csv", ROWS)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told() -> None:
    with pytest.raises(StorageError, match="--resume"):
        write(Path("/dev/full"), "csv", ROWS)
