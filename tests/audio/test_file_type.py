from __future__ import annotations

import struct
from pathlib import Path

import pytest

from emotion_classifier.audio.file_type import describe_content, missing_bytes


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


def wav(
    data: bytes, *, claimed: int | None = None, before: bytes = b"", after: bytes = b""
) -> bytes:
    fmt = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16000, 32000, 2, 16)
    length = len(data) if claimed is None else claimed
    body = b"WAVE" + fmt + before + b"data" + struct.pack("<I", length) + data + after
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        (wav(b"1234"), 0),
        (wav(b"1234", claimed=10), 6),
        (wav(b"1234", after=b"LIST\4\0\0\0abcd"), 0),
        (wav(b"1234", before=b"LIST\4\0\0\0abcd", claimed=5), 1),
        (wav(b"1234", before=b"LIST\3\0\0\0abc\0", claimed=5), 1),
        (wav(b"1234", claimed=0xFFFFFFFF), 0),
        (wav(b"1234", claimed=0x7FFFFFFF - 36), 0),
        (wav(b"")[:36], 0),
        (b"fLaC" + bytes(100), 0),
        (b"RI", 0),
    ],
    ids=[
        "whole", "short", "chunk-after", "chunk-before", "odd-chunk-before",
        "ffmpeg-pipe", "sox-pipe", "no-data-chunk", "flac", "two-bytes",
    ],
)  # fmt: skip
def test_missing_bytes(tmp_path: Path, content: bytes, missing: int) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    assert missing_bytes(path) == missing
