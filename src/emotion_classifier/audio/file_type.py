"""What a file that is no readable audio holds, judged by its first bytes."""

from __future__ import annotations

from pathlib import Path

_HEAD_BYTES = 64
_SIGNATURES = (
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"\x89PNG", "a PNG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"\x1aE\xdf\xa3", "a WebM or Matroska file"),
    (4, b"ftyp", "an MP4 or M4A file"),
    (4, b"moov", "a QuickTime file"),
    (4, b"mdat", "a QuickTime file"),
    (4, b"wide", "a QuickTime file"),
    (8, b"AVI ", "an AVI file"),
    (0, b"#!AMR", "an AMR file"),
    (0, b"\x30\x26\xb2\x75", "a WMA or WMV file"),
    (0, b"\xff\xf0", "an AAC file"),
    (0, b"\xff\xf1", "an AAC file"),
    (0, b"\xff\xf8", "an AAC file"),
    (0, b"\xff\xf9", "an AAC file"),
    (0, b"version https://git-lfs", "a Git LFS pointer (run: git lfs pull)"),
    (0, b"<!doctype html", "a web page"),
    (0, b"<html", "a web page"),
)


def describe_content(path: Path) -> str | None:
    """What the file is, with its article (``a JPEG image``), or None where nothing is recognised."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    for offset, signature, description in _SIGNATURES:
        if head[offset : offset + len(signature)].lower() == signature.lower():
            return description
    return None
