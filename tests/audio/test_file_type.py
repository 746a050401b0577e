from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.audio.file_type import describe_content


@pytest.mark.parametrize(
    ("head", "description"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG image"),
        (b"\0\0\0\x20ftypM4A ", "an MP4 or M4A file"),
        (b"\x1aE\xdf\xa3\1\0", "a WebM or Matroska file"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer (run: git lfs pull)"),
        (b"just some text", None),
        (b"", None),
    ],
)
def test_describe_content(tmp_path: Path, head: bytes, description: str | None) -> None:
    path = tmp_path / "file"
    path.write_bytes(head)
    assert describe_content(path) == description
