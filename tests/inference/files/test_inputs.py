"""Files, folders, patterns and lists."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import DEEP

from emotion_classifier.errors import AudioError, ConfigError
from emotion_classifier.inference.files.inputs import gather


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with recordings, and other things."""
    for name in ("b.wav", "a.mp3", "notes.txt", ".hidden.wav", "calls/2.m4a", "calls/1.WEBM"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*names: str, lists: tuple[Path, ...] = ()) -> list[str]:
    """Paths as text, and the codes of what cannot be found."""
    return [
        f"{one.path}: {one.code}" if isinstance(one, AudioError) else str(one)
        for one in gather(names, lists)
    ]


def test_a_named_file_is_yielded_even_if_it_is_missing(folder: Path) -> None:
    assert found("b.wav", "notes.txt", "nowhere.wav", "b.wav") == [
        "b.wav",
        "notes.txt",
        "nowhere.wav",
        "b.wav",
    ]
    assert found("x\0.wav", "y" * 300) == ["x\0.wav", "y" * 300]


def test_a_folder_is_its_recordings_in_order(folder: Path) -> None:
    assert found(".") == ["a.mp3", "b.wav", "calls/1.WEBM", "calls/2.m4a"]
    assert found("calls") == ["calls/1.WEBM", "calls/2.m4a"]


def test_a_folder_without_recordings_is_reported_in_order(folder: Path) -> None:
    assert found("empty", "b.wav") == ["empty: no-audio", "b.wav"]


def test_patterns_that_the_shell_has_not_expanded(folder: Path) -> None:
    assert found("*.wav") == ["b.wav"]
    assert found("c?lls/*") == ["calls/1.WEBM", "calls/2.m4a"]
    assert found("**/*.m4a") == ["calls/2.m4a"]
    assert found("call*") == ["calls/1.WEBM", "calls/2.m4a"]
    assert found("*.ogg") == ["*.ogg: missing"]


def test_a_pattern_takes_recordings_unless_it_states_a_suffix(folder: Path) -> None:
    assert found("*") == ["a.mp3", "b.wav", "calls/1.WEBM", "calls/2.m4a"]
    assert found("n*") == ["n*: missing"]
    assert found("*.txt") == ["notes.txt"]
    assert found("**") == ["a.mp3", "b.wav", "calls/1.WEBM", "calls/2.m4a"]
    assert found("**/*.txt") == ["notes.txt"]
    assert found("**/c*") == ["calls/1.WEBM", "calls/2.m4a"]
    assert found("**/**/1.*", str(folder / "**" / "[ab].*")) == [
        "calls/1.WEBM",
        f"{folder}/a.mp3",
        f"{folder}/b.wav",
    ]


@pytest.mark.parametrize("name", [".", "**", "**/*.wav", "*", "**/*/**/*.wav"])
def test_folders_that_link_to_each_other_are_searched_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    names = [f"d{number}" for number in range(8)]
    for one in names:
        (tmp_path / one).mkdir()
        (tmp_path / one / "x.wav").touch()
        for other in names:
            (tmp_path / one / f"to-{other}").symlink_to(tmp_path / other)
    monkeypatch.chdir(tmp_path)
    assert found(name) == [f"{one}/x.wav" for one in names]
    assert found(*names) == [f"{one}/x.wav" for one in names]


def test_a_pattern_reaches_very_deep_folders(deep_recording: Path) -> None:
    root = deep_recording.parents[DEEP]
    assert found(f"{root}/**/*.wav") == [str(deep_recording)]


def test_what_folders_and_patterns_leave_out_is_counted(folder: Path) -> None:
    (folder / "calls" / "list.csv").touch()
    (folder / "calls" / "back").symlink_to(folder)
    count, left_out = gather([".", "calls/[0-9l]*", "nowhere.wav"]).survey()
    assert count == 4 + 2 + 1
    assert left_out == {".txt": 1, ".csv": 2, "hidden": 1, "found under another path": 1}


def test_a_file_may_be_named_like_a_pattern_or_a_list(folder: Path) -> None:
    for name in ("[b].wav", "@b.wav"):
        (folder / name).touch()
    assert found("[b].wav", "@b.wav") == ["[b].wav", "@b.wav"]


def test_a_list_has_one_name_in_each_line(folder: Path) -> None:
    (folder / "list.txt").write_bytes(b"\xef\xbb\xbfb.wav\r\n\n  \ncalls\nmissing.wav")
    expected = ["b.wav", "calls/1.WEBM", "calls/2.m4a", "missing.wav"]
    assert found("@list.txt") == expected
    assert found("a.mp3", lists=(Path("list.txt"),)) == ["a.mp3", *expected]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-8"])
def test_lists_of_windows_programs(folder: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding in {"utf-16-le", "utf-16-be"} else ""
    text = f"{mark}\"b.wav\"\r\nanrufe/größe 1.wav\r\n'a.mp3'\r\n"
    (folder / "list.txt").write_bytes(text.encode(encoding))
    assert found("@list.txt") == ["b.wav", "anrufe/größe 1.wav", "a.mp3"]


def test_quotes_of_a_file_that_is_named_with_them_are_kept(folder: Path) -> None:
    (folder / '"x".wav').touch()
    (folder / '"y"').touch()
    (folder / "list.txt").write_text('"x".wav\n"y"\n')
    assert found("@list.txt") == ['"x".wav', '"y"']


def test_names_need_not_be_text(folder: Path) -> None:
    name = b"caf\xe9.wav"
    try:
        (folder / os.fsdecode(name)).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    (folder / "list.txt").write_bytes(name)
    assert [os.fsencode(str(one)) for one in gather((), (Path("list.txt"),))] == [name]


@pytest.mark.parametrize("content", [None, b"RIFF\0\0\0\0WAVE", b"\n\n"])
def test_a_list_that_is_none_is_refused(folder: Path, content: bytes | None) -> None:
    if content is not None:
        (folder / "list").write_bytes(content)
    with pytest.raises(ConfigError, match="list"):
        gather((), (Path("list"),))
    with pytest.raises(ConfigError, match="--list FILE"):
        gather(())


def test_recordings_can_be_iterated_again(folder: Path) -> None:
    recordings = gather(["."])
    assert list(recordings) == list(recordings) != []


def test_a_folder_that_cannot_be_listed_is_reported(
    folder: Path, refuse_listing: Callable[[str], None]
) -> None:
    refuse_listing("calls")
    for name in (".", "**", "*"):
        assert found(name) == ["a.mp3", "b.wav", "calls: unreadable"]
