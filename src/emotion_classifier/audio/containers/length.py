"""The end of a container by the sizes in its headers; unlike durations, these are no estimates."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import IO, TypeAlias

_EndReader: TypeAlias = Callable[[bytes, int], int | None]
"""End of an element, from the bytes at its start and their position; None where it is not stated."""

_HEADER_BYTES = 24
_MOST_ELEMENTS = 100_000
_BOXES = frozenset(
    {
        *(b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"mfra", b"sidx"),
        *(b"ssix", b"meta", b"udta", b"uuid", b"pdin", b"pnot", b"emsg", b"prft"),
    }
)
_EBML_HEADER, _EBML_SEGMENT = b"\x1aE\xdf\xa3", b"\x18S\x80\x67"
_ASF_HEADER, _ASF_DATA = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", b"\x36\x26\xb2\x75\x8e\x66\xcf\x11"
_RIFF_LENGTH_UNKNOWN_FROM = 0x7FFF_F000


def missing_bytes(file: IO[bytes]) -> int:
    """Number of bytes that MP4, QuickTime, Matroska, WebM, AVI or WMA state and the file lacks.

    Zero where no length is stated, and for other formats.
    """
    size = file.seek(0, os.SEEK_END)
    for end_of_element in (_end_of_box, _end_of_ebml, _end_of_riff, _end_of_asf):
        end = _stated_end(file, size, end_of_element)
        if end > size:
            return end - size
    return 0


def _stated_end(file: IO[bytes], size: int, end_of_element: _EndReader) -> int:
    """End of the last element of a file that starts within it."""
    position = 0
    for _ in range(_MOST_ELEMENTS):
        file.seek(position)
        end = end_of_element(file.read(_HEADER_BYTES), position)
        if end is None or end <= position:
            break
        position = end
        if position >= size:
            break
    return position


def _end_of_box(head: bytes, start: int) -> int | None:
    """Of a box of MP4 or QuickTime."""
    if len(head) < 16 or head[4:8] not in _BOXES:
        return None
    size = int.from_bytes(head[:4])
    return start + (int.from_bytes(head[8:16]) if size == 1 else size)


def _end_of_ebml(head: bytes, start: int) -> int | None:
    """Of the header or the segment of Matroska or WebM."""
    if len(head) < 12 or head[:4] not in {_EBML_HEADER, _EBML_SEGMENT}:
        return None
    length = 9 - head[4].bit_length()  # in bytes; the first set bit is a marker
    if length > 8:
        return None
    marker = 1 << (7 * length)
    size = int.from_bytes(head[4 : 4 + length]) - marker
    return None if size == marker - 1 else start + 4 + length + size


def _end_of_riff(head: bytes, start: int) -> int | None:
    """Of a part of AVI."""
    if head[:4] != b"RIFF" or head[8:11] != b"AVI":
        return None
    size = int.from_bytes(head[4:8], "little")
    return None if size >= _RIFF_LENGTH_UNKNOWN_FROM else start + 8 + size


def _end_of_asf(head: bytes, start: int) -> int | None:
    """Of the header or the data of WMA."""
    if len(head) < 24 or head[:8] not in {_ASF_HEADER, _ASF_DATA}:
        return None
    return start + int.from_bytes(head[16:24], "little")
