"""Types of files by their suffix and by their first bytes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

from emotion_classifier.audio.sound_files.metadata_tags import end_of_tags
from emotion_classifier.audio.sound_files.mpeg_frames import begins_with_frames

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

STREAM_HEAD_BYTES = 4096
"""Bytes by which `describe_stream` recognises a file: more than the longest frame of an MP3."""

_HEAD_BYTES = 64
_ADTS = (b"\xff\xf0", b"\xff\xf1", b"\xff\xf8", b"\xff\xf9")
_ADTS_HEADER_BYTES = 7
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
    (8, b"AIFF", "an AIFF file"),
    (8, b"AIFC", "an AIFF file"),
    (0, b"riff\x2e\x91\xcf\x11", "a W64 file"),
    (0, b"fLaC", "a FLAC file"),
    (0, b".snd", "an AU file"),
    (0, b"NIST_1A", "a NIST SPHERE file"),
    (0, b"caff", "a CAF file"),
    (0, b"OggS", "an Ogg file"),
    (0, b"#!AMR", "an AMR file"),
    (0, b"\x30\x26\xb2\x75", "a WMA or WMV file"),
    *((0, sync, "an AAC file") for sync in _ADTS),
    (0, b"\x56\xe0", "an AAC file"),  # in LOAS
    (0, b"Creative Voice File", "a VOC file"),
    (0, b"wvpk", "a WavPack file"),
    (0, b"TTA1", "a True Audio file"),
    (0, b"MAC ", "a Monkey's Audio file"),
    (0, b"FLV\x01", "a Flash video"),
    (0, b".RMF", "a RealMedia file"),
    (0, b"MThd", "a MIDI file"),
    (0, b"version https://git-lfs", "a Git LFS pointer (run: git lfs pull)"),
    (0, b"<!doctype html", "a web page"),
    (0, b"<html", "a web page"),
)


def describe_content(file: Path | bytes) -> str | None:
    """The type of a file or of its content, with its article (``a JPEG image``); None where unknown."""
    opened: BinaryIO = io.BytesIO(file) if isinstance(file, bytes) else file.open("rb")
    with opened:
        opened.seek(end_of_tags(opened, 0))
        return _described(opened.read(_HEAD_BYTES))


def describe_stream(head: bytes) -> str | None:
    """The type of a file by its first `STREAM_HEAD_BYTES`, or None where they may be raw samples."""
    if head[:3] == b"ID3" or begins_with_frames(head):
        return "an MP3 file"
    if _begins_with_aac_frames(head):
        return "an AAC file"
    # A few samples may look like a signature of two bytes.
    return _described(head, least_bytes=4)


def _described(head: bytes, least_bytes: int = 0) -> str | None:
    for offset, signature, description in _SIGNATURES:
        found = head[offset : offset + len(signature)]
        if len(signature) >= least_bytes and found.lower() == signature.lower():
            return description
    return None


def _begins_with_aac_frames(head: bytes) -> bool:
    """Whether there are two frames of ADTS: the first states its length in 13 bits."""
    if head[:2] not in _ADTS or len(head) < _ADTS_HEADER_BYTES:
        return False
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return length >= _ADTS_HEADER_BYTES and head[length : length + 3] == head[:3]
