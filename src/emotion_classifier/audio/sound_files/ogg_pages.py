"""The pages of Ogg files: joined recordings, and whether they are complete.

Decoders stop at the end of the first of several joined ("chained") recordings, drop damaged pages, and
take the last page that a file has for its end. Layout of pages: RFC 3533.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from emotion_classifier.audio.sound_files.sections import AudioLayout, Range, Section, append_range

_HEADER = struct.Struct("<4sBBqIIIB")
_LONGEST_PAGE_BYTES = _HEADER.size + 255 * 256
_BEGINS, _ENDS = 2, 4
_AUDIO = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")
_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class _Page(NamedTuple):
    start: int
    end: int
    flags: int
    serial: int
    head: bytes
    """First bytes of the content."""
    is_intact: bool


@dataclass
class _Link:
    """Pages of the first audio stream of a recording."""

    serial: int | None = None
    ranges: list[Range] = field(default_factory=list)
    has_content: bool = False
    ends: bool = False


def find_ogg_streams(file: BinaryIO, size: int) -> AudioLayout:
    """The audio streams of an Ogg file of `size` bytes."""
    links: list[_Link] = [_Link()]
    missing: str | None = None
    for page in _pages(file, size):
        if not page.is_intact:
            missing = "a page is cut off or damaged"
            break
        if page.flags & _BEGINS and links[-1].has_content:
            links.append(_Link())
        _add(links[-1], page)
    links = [link for link in links if link.serial is not None]
    if not all(link.ends for link in links):
        missing = missing or "its last page is missing"
    if len(links) == 1 and links[0].ranges == [(0, size)]:
        return AudioLayout((), missing)
    return AudioLayout(tuple(Section(tuple(link.ranges)) for link in links), missing)


def _add(link: _Link, page: _Page) -> None:
    if not page.flags & _BEGINS:
        link.has_content = True
    elif link.serial is None and page.head.startswith(_AUDIO):
        link.serial = page.serial
    if page.serial != link.serial:
        return
    link.ends = link.ends or bool(page.flags & _ENDS)
    append_range(link.ranges, (page.start, page.end))


def _pages(file: BinaryIO, size: int) -> Iterator[_Page]:
    """All pages; other bytes between them are skipped, as decoders do."""
    position = 0
    while position < size:
        file.seek(position)
        data = file.read(_LONGEST_PAGE_BYTES)
        if data[:4] != b"OggS":
            found = data.find(b"OggS", 1)
            position += found if found > 0 else max(1, len(data) - 3)
        else:
            yield (page := _page(position, data))
            position = page.end


def _page(start: int, data: bytes) -> _Page:
    """The page at the beginning of `data`."""
    if len(data) < _HEADER.size:
        return _Page(start, start + len(data), 0, 0, b"", is_intact=False)
    _, _, flags, _, serial, _, checksum, segments = _HEADER.unpack_from(data)
    content = _HEADER.size + segments
    length = content + sum(data[_HEADER.size : content])
    is_intact = len(data) >= length and _checksum(data[:length]) == checksum
    return _Page(start, start + length, flags, serial, data[content : content + 8], is_intact)


def _checksum(page: bytes) -> int:
    """CRC-32 of Ogg: that of zlib with all bits reversed, and without inversion."""
    blank = page[:22] + bytes(4) + page[26:]
    value = zlib.crc32(blank.translate(_REVERSED_BITS), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{value:032b}"[::-1], 2)
