"""Types of files by their suffix and by their first bytes."""

from __future__ import annotations

from pathlib import Path

from emotion_classifier.audio.metadata_tags import end_of_tags

AUDIO_SUFFIXES = frozenset(
    {
        *(".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".mp3", ".mp2", ".mpga", ".ogg"),
        *(".oga", ".opus", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".sph", ".nist"),
        *(".aac", ".m4a", ".m4b", ".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".mka", ".mkv"),
        *(".weba", ".webm", ".amr", ".wma", ".wmv", ".avi"),
    }
)
"""Suffixes, in lower case, of the files that count as audio in folders, patterns and corpora.

Files that are named are read whatever their suffix.
"""

LOSSLESS_SUFFIXES = frozenset(
    {".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".aif", ".aiff", ".aifc", ".au", ".snd"}
    | {".caf", ".sph", ".nist"}
)
"""Suffixes, in lower case, of formats that usually keep all samples."""

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
    (8, b"WAVE", "a WAV file"),
    (8, b"AIF", "an AIFF file"),
    (0, b"caff", "a CAF file"),
    (0, b"OggS", "an Ogg file"),
    (0, b"#!AMR", "an AMR file"),
    (0, b"\x30\x26\xb2\x75", "a WMA or WMV file"),
    (0, b"\xff\xf0", "an AAC file"),
    (0, b"\xff\xf1", "an AAC file"),
    (0, b"\xff\xf8", "an AAC file"),
    (0, b"\xff\xf9", "an AAC file"),
    (0, b"\x56\xe0", "an AAC file"),  # in LOAS
    (0, b"version https://git-lfs", "a Git LFS pointer (run: git lfs pull)"),
    (0, b"<!doctype html", "a web page"),
    (0, b"<html", "a web page"),
)


def describe_content(path: Path) -> str | None:
    """The type of a file with its article (``a JPEG image``), or None where it is unknown."""
    with path.open("rb") as file:
        file.seek(end_of_tags(file, 0))
        head = file.read(_HEAD_BYTES)
    for offset, signature, description in _SIGNATURES:
        if head[offset : offset + len(signature)].lower() == signature.lower():
            return description
    return None
