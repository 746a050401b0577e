from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import DEEP

from emotion_classifier.audio.folders import (
    count_left_out,
    describe_left_out,
    find_audio,
    unlisted,
    walk_folders,
)
from emotion_classifier.errors import AudioError


def _make(root: Path, *names: str) -> Path:
    """Empty files in a folder."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def _walked(*roots: Path) -> list[tuple[str, str]]:
    """Kind and path below the first root of every entry."""
    entries = walk_folders(roots)
    return [(entry.kind, os.path.relpath(entry.path, roots[0])) for entry in entries]


def test_a_folder_is_listed_before_its_subfolders(tmp_path: Path) -> None:
    _make(tmp_path, "b.wav", "a/2.wav", "a/1.opus", "a/z/3.wav", "c.txt", ".x.wav", ".git/y.wav")
    assert _walked(tmp_path) == [
        ("hidden", ".git"),
        ("hidden", ".x.wav"),
        ("audio", "b.wav"),
        ("other", "c.txt"),
        ("audio", "a/1.opus"),
        ("audio", "a/2.wav"),
        ("audio", "a/z/3.wav"),
    ]


def test_what_is_left_out_is_counted_by_category(tmp_path: Path) -> None:
    _make(tmp_path, "a.wav", "b.txt", "c/d.TXT", "README", "._a.wav")
    (tmp_path / "link").symlink_to(tmp_path / "c")
    counts = count_left_out(walk_folders([tmp_path]))
    assert counts == {".txt": 2, "without suffix": 1, "hidden": 1, "found under another path": 1}
    assert describe_left_out(counts).startswith("left out: 2 .txt, ")


def test_folders_that_link_to_each_other_are_found_once_under_their_own_paths(
    tmp_path: Path,
) -> None:
    names = [f"d{number}" for number in range(8)]
    _make(tmp_path, *(f"{name}/x.wav" for name in names))
    for name in names:
        for other in names:
            (tmp_path / name / f"to-{other}").symlink_to(tmp_path / other)
    walked = _walked(tmp_path)
    assert [path for kind, path in walked if kind == "audio"] == [f"{name}/x.wav" for name in names]
    assert len(walked) == 8 + 64


def test_a_file_is_found_once_whatever_links_lead_to_it(tmp_path: Path) -> None:
    root = _make(tmp_path / "root", "b/x.wav")
    _make(tmp_path / "store", "1.wav", "2")
    (root / "a.wav").symlink_to(root / "b" / "x.wav")
    (root / "c.wav").symlink_to(tmp_path / "store" / "1.wav")
    (root / "d.wav").symlink_to(tmp_path / "store" / "2")
    (root / "broken.wav").symlink_to(root / "b" / "absent.wav")
    assert _walked(root) == [
        ("audio", "b/x.wav"),
        ("repeated", "a.wav"),
        ("audio", "broken.wav"),
        ("audio", "c.wav"),
        ("audio", "d.wav"),
    ]


def test_a_folder_named_twice_is_found_once(tmp_path: Path) -> None:
    root = _make(tmp_path, "a/x.wav")
    assert _walked(root, root / "a", root) == [
        ("audio", "a/x.wav"),
        ("repeated", "a"),
        ("repeated", "."),
    ]


def test_links_in_a_circle_and_to_nothing_are_reported(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    (tmp_path / "nothing").symlink_to(tmp_path / "absent")
    assert sorted(_walked(tmp_path)) == [
        ("audio", "loop.wav"),
        ("other", "nothing"),
        ("unlisted", "loop"),
    ]


def test_very_deep_folders_are_walked_without_recursion(deep_recording: Path) -> None:
    root = deep_recording.parents[DEEP]
    assert [entry.path for entry in walk_folders([root])] == [deep_recording]


def test_a_folder_that_cannot_be_listed_is_an_entry(
    tmp_path: Path, refuse_listing: Callable[[str], None]
) -> None:
    _make(tmp_path, "a/x.wav", "b/y.wav")
    refuse_listing("a")
    assert _walked(tmp_path) == [("unlisted", "a"), ("audio", "b/y.wav")]
    with pytest.raises(AudioError, match="cannot be listed") as caught:
        find_audio(tmp_path)
    assert caught.value.code == "unreadable"


def test_a_folder_that_does_not_exist_is_missing(tmp_path: Path) -> None:
    (entry,) = walk_folders([tmp_path / "archive"])
    assert unlisted(entry).code == "missing"


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
