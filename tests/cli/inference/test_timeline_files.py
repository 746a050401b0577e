"""Names of the files of timelines."""

from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.cli.inference.timeline_files import parse_formats, stems
from emotion_classifier.errors import AudioError, ConfigError


def test_formats_are_parsed_in_any_notation() -> None:
    assert parse_formats(["csv, JSONL", "csv", ""]) == ("csv", "jsonl")
    assert parse_formats([]) == ()
    with pytest.raises(ConfigError, match=r"unknown format 'textgird': .*did you mean textgrid"):
        parse_formats(["textgird"])


def test_no_recording_has_the_files_of_another() -> None:
    paths = [Path(name) for name in ("a.wav", "x/b.wav", "x/b.mp3", "../y/b.wav", "a.wav")]
    assert stems([*paths, AudioError(Path("gone"), "missing", "")]) == {
        paths[0]: "a",
        paths[1]: "x__b.wav",
        paths[2]: "x__b.mp3",
        paths[3]: "y__b.wav",
    }
    absolute = stems([Path("/x/b.wav"), Path("/y/b.wav")])
    assert sorted(absolute.values()) == ["x__b.wav", "y__b.wav"]


def test_names_differ_where_folders_differ_in_marks_or_case_alone() -> None:
    paths = [Path(name) for name in ("sub/x.wav", "_sub/x.wav", ".sub/x.wav", "B.wav", "c/b.wav")]
    assert list(stems(paths).values()) == [
        "sub__x.wav",
        "sub__x.wav__2",
        "sub__x.wav__3",
        "B.wav",
        "c__b.wav",
    ]
