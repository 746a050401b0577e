"""Metadata tags before, between and behind audio: ID3v1, ID3v2, APE and Lyrics3."""

from __future__ import annotations

import struct
from typing import BinaryIO

_ID3V1_BYTES = 128
_ID3V1_EXTENSION_BYTES = 227
_ID3V2_HEADER_BYTES = 10
_ID3V2_HAS_FOOTER = 0x10
_APE_BYTES = 32
_APE_HAS_HEADER = 1 << 31
_APE_IS_HEADER = 1 << 29
_LYRICS_TAIL_BYTES = 15  # six digits and LYRICS200


def end_of_tags(file: BinaryIO, position: int) -> int:
    """The position behind the tags that begin at `position`; `position` without any."""
    while length := _tag_bytes(_read(file, position, _APE_BYTES)):
        position += length
    return position


def start_of_tags(file: BinaryIO, end: int) -> int:
    """The position of the first of the tags that end at `end`; `end` without any."""
    while length := _tag_bytes_before(file, end):
        end = max(0, end - length)
    return end


def _tag_bytes(head: bytes) -> int:
    """Length of the tag with this head; 0 where it is none."""
    if head[:3] == b"ID3" and len(head) >= _ID3V2_HEADER_BYTES:
        return _id3v2_bytes(head)
    if head[:4] == b"TAG+":
        return _ID3V1_EXTENSION_BYTES
    if head[:3] == b"TAG":
        return _ID3V1_BYTES
    if head[:8] == b"APETAGEX" and len(head) == _APE_BYTES:
        length, flags = _ape_fields(head)
        return _APE_BYTES + length if flags & _APE_IS_HEADER else _APE_BYTES
    return 0


def _tag_bytes_before(file: BinaryIO, end: int) -> int:
    """Length of the tag that ends at `end`; 0 where there is none."""
    if _read(file, end - _ID3V1_BYTES, 3) == b"TAG":
        extended = _read(file, end - _ID3V1_BYTES - _ID3V1_EXTENSION_BYTES, 4) == b"TAG+"
        return _ID3V1_BYTES + (_ID3V1_EXTENSION_BYTES if extended else 0)
    footer = _read(file, end - _APE_BYTES, _APE_BYTES)
    if footer[:8] == b"APETAGEX":
        length, flags = _ape_fields(footer)
        return length + (_APE_BYTES if flags & _APE_HAS_HEADER else 0)
    if footer[-10:-7] == b"3DI":  # the footer repeats the header
        return _id3v2_bytes(b"ID3" + footer[-7:])
    if footer[-9:] == b"LYRICS200" and footer[-_LYRICS_TAIL_BYTES:-9].isdigit():
        return int(footer[-_LYRICS_TAIL_BYTES:-9]) + _LYRICS_TAIL_BYTES
    return 0


def _id3v2_bytes(header: bytes) -> int:
    length = 0
    for byte in header[6:_ID3V2_HEADER_BYTES]:  # seven bits of each
        length = length << 7 | byte & 0x7F
    has_footer = header[5] & _ID3V2_HAS_FOOTER
    return length + _ID3V2_HEADER_BYTES * (2 if has_footer else 1)


def _ape_fields(block: bytes) -> tuple[int, int]:
    """Length of the items and the footer, and the flags."""
    _, length, _, flags = struct.unpack("<IIII", block[8:24])
    return length, flags


def _read(file: BinaryIO, position: int, count: int) -> bytes:
    if position < 0:
        return b""
    file.seek(position)
    return file.read(count)
