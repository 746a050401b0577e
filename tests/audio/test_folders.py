from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.audio.folders import find_audio, walk_audio
from emotion_classifier.errors import AudioError


def test_walk_lists_a_folder_before_its_subfolders(tmp_path: Path) -> None:
    for name in ("b.wav", "a/2.wav", "a/1.opus", "c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    left_out: list[Path] = []
    found = walk_audio(tmp_path, on_other=left_out.append)
    assert list(found) == [tmp_path / name for name in ("b.wav", "a/1.opus", "a/2.wav")]
    assert left_out == [tmp_path / "c.txt"]


def test_find_audio_is_sorted_and_ignores_hidden_files(tmp_path: Path) -> None:
    names = ["b/2.WAV", "b/1.flac", "a.Mp3", "c/d/e.ogg", "B.wav"]
    others = ["x.txt", "._a.wav", ".hidden/x.wav", "wav", "b/1.wav.part"]
    for name in names + others:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert find_audio(tmp_path) == sorted(tmp_path / name for name in names)


def test_find_audio_follows_links_but_not_in_circles(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "x.wav").touch()
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(elsewhere)
    (elsewhere / "back").symlink_to(root)
    assert find_audio(root) == [root / "link" / "x.wav"]


def test_find_audio_needs_a_folder(tmp_path: Path) -> None:
    assert find_audio(tmp_path) == []
    with pytest.raises(AudioError) as missing:
        find_audio(tmp_path / "absent")
    assert missing.value.code == "missing"
    (tmp_path / "x.wav").touch()
    with pytest.raises(AudioError) as no_folder:
        find_audio(tmp_path / "x.wav")
    assert no_folder.value.code == "not-a-file"


@pytest.mark.parametrize(
    "suffix",
    ["opus", "oga", "aiff", "aif", "caf", "au", "w64", "mp2", "mka", "m4b", "sph", "weba", "MP4"],
)
def test_every_format_that_a_named_file_may_have_counts(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    path.touch()
    assert find_audio(tmp_path) == [path]
