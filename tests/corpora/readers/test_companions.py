"""Tables that lie beside the audio of a corpus."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_classifier.corpora.readers.companions import find_companion, read_rows
from emotion_classifier.errors import CorpusError


@pytest.mark.parametrize(
    "place", ["t.csv", "deep/er/t.csv", "../t.csv", "../processedResults/t.csv"]
)
def test_a_table_is_found_under_and_beside_the_folder(
    tree: Callable[..., Path], place: str
) -> None:
    root = tree("audio/a.wav") / "audio"
    table = root / place
    table.parent.mkdir(parents=True, exist_ok=True)
    table.touch()
    found = find_companion(root, ("t.csv", "t.csv.gz"))
    assert found is not None
    assert found.resolve() == table.resolve()


def test_a_link_to_a_folder_of_tables_is_followed(tree: Callable[..., Path]) -> None:
    results = tree("t.csv", under="elsewhere")
    root = tree("audio/a.wav")
    (root / "processedResults").symlink_to(results)
    assert find_companion(root, ("t.csv",)) == root / "processedResults" / "t.csv"
    assert find_companion(root / "audio", ("t.csv",)) == root / "processedResults" / "t.csv"


def test_no_table_is_none(tree: Callable[..., Path]) -> None:
    assert find_companion(tree("a.wav", "other.csv"), ("t.csv",)) is None


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_rows_hold_the_requested_columns(tmp_path: Path, suffix: str) -> None:
    data = '\ufeff"","a","b"\r\n"1",2,"x, y"\r\n'.encode()
    path = tmp_path / f"t{suffix}"
    path.write_bytes(gzip.compress(data) if suffix.endswith("gz") else data)
    assert read_rows(path, ("b", "")) == [{"b": "x, y", "": "1"}]


def test_a_row_of_another_length_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3\n")
    with pytest.raises(CorpusError, match=r"line 3: 1 cells.*2 columns"):
        read_rows(path, ("a",))


def test_a_pointer_file_of_git_names_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:12\n")
    with pytest.raises(CorpusError, match=r"lacks the columns a.*git lfs pull"):
        read_rows(path, ("a",))


@pytest.mark.parametrize(
    "data",
    [
        b"\x1f\x8bno gzip",
        gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9],
        gzip.compress(bytes(200_000), mtime=0),  # a file of zeros, as after a power loss
    ],
)
def test_a_damaged_table_is_an_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(data)
    with pytest.raises(CorpusError, match=r"cannot be read.*fetch it again"):
        read_rows(path, ("a",))
