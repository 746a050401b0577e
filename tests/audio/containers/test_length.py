"""The end of a container by the sizes in its headers."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from emotion_classifier.audio.containers.length import missing_bytes


def missing_bytes_of(path: Path) -> int:
    with path.open("rb") as file:
        return missing_bytes(file)


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def large_box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4sQ", 1, name, 16 + len(content)) + content


def segment(content: bytes, size: bytes) -> bytes:
    return b"\x1aE\xdf\xa3\x84abcd" + b"\x18S\x80\x67" + size + content


def avi(content: bytes, size: int) -> bytes:
    return b"RIFF" + struct.pack("<I", size) + b"AVI " + content


def asf(content: bytes) -> bytes:
    header, data = bytes.fromhex("3026b2758e66cf11"), bytes.fromhex("3626b2758e66cf11")
    return (header + bytes(8) + struct.pack("<Q", 30) + bytes(6)) + (
        data + bytes(8) + struct.pack("<Q", 24 + len(content)) + content
    )


COMPLETE = {
    "mp4": box(b"ftyp", bytes(12)) + box(b"mdat", bytes(100)),
    "large mp4": box(b"ftyp", bytes(12)) + large_box(b"mdat", bytes(100)),
    "matroska": segment(bytes(100), b"\x40\x64"),
    "matroska with a long size": segment(bytes(100), b"\x01" + (100).to_bytes(7)),
    "avi": avi(bytes(100), 104),
    "asf": asf(bytes(100)),
}


@pytest.mark.parametrize("name", COMPLETE)
def test_bytes_at_the_end_are_missed(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x"
    for count in (0, 1, 50):
        path.write_bytes(COMPLETE[name][: len(COMPLETE[name]) - count])
        assert missing_bytes_of(path) == count


@pytest.mark.parametrize("name", COMPLETE)
def test_bytes_behind_the_end_do_not_count(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(COMPLETE[name] + b"TAG" + b"z" * 125)
    assert missing_bytes_of(path) == 0


@pytest.mark.parametrize(
    "content",
    [
        box(b"ftyp", bytes(12)) + struct.pack(">I4s", 0, b"mdat") + bytes(100),
        segment(bytes(100), b"\x01" + b"\xff" * 7),
        segment(bytes(100), b"\xff"),
        avi(bytes(100), 0xFFFF_FFFF),
        avi(bytes(100), 0),
        struct.pack(">I4sQ", 1, b"mdat", 0) + bytes(100),
        struct.pack(">I4s", 3, b"mdat") + bytes(100),
        segment(bytes(100), b"\x00"),
        b"\xff\xf1" + bytes(100),
        b"",
    ],
)
def test_without_a_stated_length_nothing_is_missed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    assert missing_bytes_of(path) == 0


def test_the_number_of_elements_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(150_000 * box(b"free", bytes(8)) + struct.pack(">I4s", 1000, b"mdat"))
    assert missing_bytes_of(path) == 0
