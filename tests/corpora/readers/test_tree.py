"""The files of a corpus folder, and the errors of folders without any."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_classifier.corpora.readers.tree import read_folder
from emotion_classifier.errors import CorpusError


def test_the_error_for_a_missing_folder_names_the_existing_part_of_the_path(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="does not exist") as caught:
        read_folder(tmp_path / "no" / "such", "x.wav")
    assert f"as far as {tmp_path})" in str(caught.value)


def test_a_file_is_no_corpus(tree: Callable[..., Path]) -> None:
    with pytest.raises(CorpusError, match="is a file, but a corpus is a folder"):
        read_folder(tree("a.wav") / "a.wav", "x.wav")


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.wav").touch()
    folder = read_folder(Path("~/corpus"), "x.wav")
    assert folder.root == tmp_path / "corpus"
    assert folder.audio == [tmp_path / "corpus" / "a.wav"]


def test_an_empty_folder_is_reported_as_empty(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"is empty.*a/b\.wav"):
        read_folder(tmp_path, "a/b.wav")


def test_a_folder_without_audio_counts_its_files(tree: Callable[..., Path]) -> None:
    root = tree("archive.zip", "a/one.flv", "a/two.flv", "README")
    with pytest.raises(CorpusError, match="holds no audio") as caught:
        read_folder(root, "a/b.wav")
    for part in ("1 .zip", "2 .flv", "1 without suffix", "unpacked"):
        assert part in str(caught.value)


def test_all_formats_count_at_any_depth(tree: Callable[..., Path]) -> None:
    root = tree("b/c/d.FLAC", "a.wav", "b/e.Mp3", "f.opus", "g.txt", "h.m4a")
    found = [path.relative_to(root).as_posix() for path in read_folder(root, "x").audio]
    assert found == ["a.wav", "b/c/d.FLAC", "b/e.Mp3", "f.opus", "h.m4a"]


def test_files_that_are_left_out_are_counted(tree: Callable[..., Path]) -> None:
    root = tree("a.wav", "b/video.MPG", "c.flv", "d.flv", "n.txt", "o.txt", "._e.mpg", "votes.csv")
    (root / "link").symlink_to(root / "b")
    flv, mpg, others = sorted(
        read_folder(root, "x").problems({"votes.csv"}), key=lambda problem: problem.message
    )
    assert (flv.path.name, flv.code) == ("c.flv", "format")
    assert ".flv is not read (2 files)" in flv.message
    assert (mpg.path.name, mpg.code) == ("video.MPG", "format")
    assert (others.path, others.code) == (root, "notice")
    assert others.message == "left out: 2 .txt, 1 hidden, 1 found under another path"


def test_a_folder_that_cannot_be_listed_is_a_problem(
    tree: Callable[..., Path], refuse_listing: Callable[[str], None]
) -> None:
    root = tree("a.wav", "Actor_01/b.wav")
    refuse_listing("Actor_01")
    folder = read_folder(root, "x")
    assert folder.audio == [root / "a.wav"]
    assert [(one.path, one.code) for one in folder.problems()] == [
        (root / "Actor_01", "unreadable")
    ]
    refuse_listing("corpus")
    with pytest.raises(CorpusError, match="cannot be listed"):
        read_folder(root, "x")


def test_links_are_followed_and_very_deep_folders_read(
    deep_recording: Path, tmp_path: Path
) -> None:
    root = tmp_path / "corpus"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "top")
    assert [path.name for path in read_folder(root, "x").audio] == [deep_recording.name]
