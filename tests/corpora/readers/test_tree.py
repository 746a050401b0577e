"""Which files of a folder count, and what is said where there are none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_classifier.corpora.readers.tree import audio_files, existing_folder, other_media
from emotion_classifier.errors import CorpusError


def test_the_error_for_a_missing_folder_names_the_existing_part_of_the_path(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="does not exist") as caught:
        existing_folder(tmp_path / "no" / "such")
    assert f"as far as {tmp_path})" in str(caught.value)


def test_a_file_is_no_corpus(tree: Callable[..., Path]) -> None:
    with pytest.raises(CorpusError, match="is a file, but a corpus is a folder"):
        existing_folder(tree("a.wav") / "a.wav")


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "corpus").mkdir()
    assert existing_folder(Path("~/corpus")) == tmp_path / "corpus"


def test_an_empty_folder_is_reported_as_empty(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"is empty.*a/b\.wav"):
        audio_files(tmp_path, "a/b.wav")


def test_a_folder_without_audio_lists_its_files(tree: Callable[..., Path]) -> None:
    root = tree("archive.zip", "a/one.flv", "a/two.flv", "README")
    with pytest.raises(CorpusError, match="holds no audio") as caught:
        audio_files(root, "a/b.wav")
    for part in ("1 .zip", "2 .flv", "1 without suffix", "unpacked"):
        assert part in str(caught.value)


def test_all_formats_count_at_any_depth(tree: Callable[..., Path]) -> None:
    root = tree("b/c/d.FLAC", "a.wav", "b/e.Mp3", "f.opus", "g.txt", "h.m4a")
    found = [path.relative_to(root).as_posix() for path in audio_files(root, "x")]
    assert found == ["a.wav", "b/c/d.FLAC", "b/e.Mp3", "f.opus", "h.m4a"]


def test_other_media_are_problems(tree: Callable[..., Path]) -> None:
    root = tree("a.wav", "b/video.MPG", "c.flv", "notes.txt", "._hidden.mpg")
    problems = other_media(root)
    assert [(one.path.name, one.code) for one in problems] == [
        ("video.MPG", "format"),
        ("c.flv", "format"),
    ]
    assert ".MPG is not read" in problems[0].message
