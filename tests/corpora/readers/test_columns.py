"""Columns of text from CSV and Parquet."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from emotion_classifier.corpora.readers.columns import read_columns
from emotion_classifier.errors import CorpusError, MissingDependencyError

WANTED = {"file": "file", "speaker": "speaker"}
EXPECTED = {"file": ["a.wav", "b, c.wav"], "speaker": ["1", ""]}


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_seen_in_the_header(tmp_path: Path, separator: str) -> None:
    rows = ["\ufefffile|other|speaker", "a.wav|x| 1 ", '"b, c.wav"|y|', ""]
    table = write(tmp_path / "t.csv", "\n".join(rows).replace("|", separator))
    assert read_columns(table, WANTED) == EXPECTED


def test_parquet_gives_text_for_every_type(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    files = arrow.array(["a.wav", "b, c.wav"]).dictionary_encode()
    table = arrow.table({"file": files, "speaker": [1, None], "vector": [[1.0], [2.0]]})
    parquet.write_table(table, tmp_path / "t.parquet")
    assert read_columns(tmp_path / "t.parquet", WANTED) == EXPECTED
    with pytest.raises(CorpusError, match="columns of text or numbers"):
        read_columns(tmp_path / "t.parquet", {"file": "vector"})


def test_parquet_without_pyarrow_names_the_install_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    table = write(tmp_path / "t.parquet", "")
    with pytest.raises(MissingDependencyError, match="pip install"):
        read_columns(table, {"file": "file"})


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_the_error_for_a_missing_column_names_the_columns(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    if suffix == ".csv":
        write(path, "filename,label\na.wav,happy\n")
    else:
        arrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(arrow.table({"filename": ["a.wav"], "label": ["happy"]}), path)
    with pytest.raises(CorpusError, match="no column 'file'") as caught:
        read_columns(path, {"file": "file", "emotion": "emotion"})
    message = str(caught.value)
    assert "no column 'file' (columns.file), 'emotion' (columns.emotion)" in message
    assert "its columns are 'filename', 'label'" in message
    assert "Did you mean 'filename'?" in message


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("t.csv", b"", r"has no column 'file' \(columns\.file\); its columns are none"),
        ("t.csv", b"file,emotion\na.wav,happy,1\n", "line 2: 3 cells"),
        ("t.csv", b"file\n\xff\xfe.wav\n", "is not UTF-8"),
        ("t.csv", b"file\n" + b"x" * 200_000, "is no CSV table"),
        ("t.parquet", b"no parquet", "cannot be read as Parquet"),
        ("t.xlsx", b"PK", "the suffix '.xlsx'"),
    ],
)
def test_a_table_that_cannot_be_read_is_an_error(
    tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(CorpusError, match=message) as caught:
        read_columns(path, {"file": "file"})
    assert str(path) in str(caught.value)


def test_one_column_may_hold_two_fields(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", "name\na.wav\n")
    expected = {"file": ["a.wav"], "speaker": ["a.wav"]}
    assert read_columns(table, {"file": "name", "speaker": "name"}) == expected


def test_a_missing_table_and_a_folder_have_different_errors(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="does not exist"):
        read_columns(tmp_path / "no.csv", {"file": "file"})
    with pytest.raises(CorpusError, match="is a folder"):
        read_columns(tmp_path, {"file": "file"})
