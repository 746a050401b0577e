"""The frames of MPEG audio (MP3, MP2): where they are, and how many samples they hold.

Decoders estimate the length of a file without a Xing or Info header from its first bit rate, and take
the header of the first of several joined files for all of them. Frames are counted here instead.
Layout of headers: ISO/IEC 11172-3, section 2.4.1.3; of Xing and Info headers: the LAME tag specification,
http://gabriel.mp3-tech.org/mp3infotag.html.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from emotion_classifier.audio.sound_files.metadata_tags import end_of_tags, start_of_tags
from emotion_classifier.audio.sound_files.sections import (
    AudioLayout,
    Range,
    Section,
    append_range,
    merged,
)

_HEADER_BYTES = 4
# With the largest offset of a Xing header, its name, flags, number of frames and bytes.
_HEAD_BYTES = 38 + 16
_LONGEST_FRAME_BYTES = 2881
_SEARCH_BYTES = 1 << 16
# Cutting tools do not adjust the number of frames in the header.
_TOLERATED_FRAMES = 2

_TAGS = (b"ID3", b"TAG", b"APE")
_XING = (b"Xing", b"Info")
_SYNC = re.compile(rb"\xff[\xe2-\xff][\x10-\xef]")

_RATES = (44_100, 48_000, 32_000)
_RATE_DIVISORS = {3: 1, 2: 2, 0: 4}  # of the versions MPEG 1, 2 and 2.5
_KBPS_1 = {
    3: (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    2: (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_KBPS_2 = {
    3: (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    1: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_LAYER_1, _LAYER_3 = 3, 1
_MONO = 3


class _Frame(NamedTuple):
    """Content of the header of a frame; frames of one stream agree in `kind`."""

    kind: tuple[int, int, int, bool]
    """Version, layer, sample rate, whether mono."""
    length: int
    samples: int
    tag_offset: int
    """Of a Xing header in the frame."""


@dataclass
class _Link:
    """Frames of one stream."""

    kind: tuple[int, int, int, bool]
    samples_per_frame: int
    header: Range | None = None
    stated: int | None = None
    ranges: list[Range] = field(default_factory=list)
    count: int = 0

    @property
    def has_useful_header(self) -> bool:
        return self.header is not None and self.stated is not None and self.count <= self.stated

    def section(self) -> Section:
        if self.header is not None and self.has_useful_header:
            return Section(merged((self.header, *self.ranges)))
        return Section(
            tuple(self.ranges), is_endless=True, samples=self.count * self.samples_per_frame
        )


def find_mpeg_streams(file: BinaryIO, start: int, end: int) -> AudioLayout | None:
    """The streams between two positions of a file; None where it does not begin with MPEG audio.

    Parameters
    ----------
    start : position behind ID3 tags.
    """
    end = max(start, start_of_tags(file, end))
    walk = _Walk(file, end)
    first = start + walk.zeros_at(start)
    if not walk.is_at_frame(first):
        return None
    if first == start and walk.stated_bytes(start) == end - start:
        return AudioLayout()  # of one piece, without a walk
    walk.run(first)
    links = [link for link in walk.links if link.count]
    missing = walk.damage or next(filter(None, map(_missing_frames, links)), None)
    if len(links) == 1 and links[0].has_useful_header:
        section = links[0].section()
        if section.pieces == ((start, end),):
            return AudioLayout((), missing)
    return AudioLayout(tuple(link.section() for link in links), missing)


def begins_with_frames(head: bytes) -> bool:
    """Whether the first bytes of a stream are those of two frames of MPEG audio."""
    return len(head) > _HEADER_BYTES and _Walk(io.BytesIO(head), len(head) + 1).is_at_frame(0)


class _Walk:
    """Walk from frame to frame."""

    def __init__(self, file: BinaryIO, end: int) -> None:
        self.links: list[_Link] = []
        self.damage: str | None = None
        self._file = file
        self._end = end

    def is_at_frame(self, position: int) -> bool:
        """Whether a frame is at a position, and another of its kind, or the end, behind it."""
        frame = _parse(self._read(position, _HEADER_BYTES))
        if frame is None:
            return False
        behind = position + frame.length
        head = self._read(behind, _HEADER_BYTES)
        following = _parse(head)
        if behind == self._end or (following is not None and following.kind == frame.kind):
            return True
        return head[:3] in _TAGS and end_of_tags(self._file, behind) > behind

    def stated_bytes(self, position: int) -> int | None:
        """Length of the stream by the Xing header in the frame at a position."""
        head = self._read(position, _HEAD_BYTES)
        frame = _parse(head[:_HEADER_BYTES])
        start = None if frame is None else _xing_header(frame, head)
        if start is None:
            return None
        flags, _, length = struct.unpack(">III", head[start + 4 : start + 16].ljust(12, b"\0"))
        return length if flags & 3 == 3 else None

    def zeros_at(self, position: int) -> int:
        """Number of zero bytes at a position, with which some tags are filled up."""
        block = self._read(position, _SEARCH_BYTES)
        return len(block) - len(block.lstrip(b"\0"))

    def run(self, position: int) -> None:
        while position + _HEADER_BYTES <= self._end:
            head = self._read(position, _HEAD_BYTES)
            frame = _parse(head[:_HEADER_BYTES])
            known = frame is not None and bool(self.links) and self.links[-1].kind == frame.kind
            if frame is None or not (known or self.is_at_frame(position)):
                position = self._next_frame(position)
                continue
            if position + frame.length > self._end:
                missing = position + frame.length - self._end
                self.damage = self.damage or f"its last frame lacks {missing} bytes"
                return
            self._add(position, frame, head)
            position += frame.length

    def _add(self, position: int, frame: _Frame, head: bytes) -> None:
        found = (position, position + frame.length)
        is_header, stated = _frames_of_header(frame, head)
        if is_header:
            self.links.append(_Link(frame.kind, frame.samples, found, stated))
            return
        if not self.links or self.links[-1].kind != frame.kind:
            self.links.append(_Link(frame.kind, frame.samples))
        link = self.links[-1]
        link.count += 1
        append_range(link.ranges, found)

    def _next_frame(self, position: int) -> int:
        """The next position of a frame behind tags or other bytes."""
        behind = end_of_tags(self._file, position)
        if behind > position:
            return behind
        found = next(filter(self.is_at_frame, self._candidates(position + 1)), self._end)
        if self.links and found < self._end and found - position > _LONGEST_FRAME_BYTES:
            self.damage = self.damage or f"{found - position} bytes in its middle are no frames"
        return found

    def _candidates(self, position: int) -> Iterator[int]:
        """Positions of bytes with which a frame may begin."""
        while block := self._read(position, _SEARCH_BYTES):
            yield from (position + match.start() for match in _SYNC.finditer(block))
            position += max(1, len(block) - _HEADER_BYTES + 1)

    def _read(self, position: int, count: int) -> bytes:
        self._file.seek(position)
        return self._file.read(min(count, max(0, self._end - position)))


@lru_cache(maxsize=4096)
def _parse(header: bytes) -> _Frame | None:
    """The frame with these four bytes; None for other bytes, and for a free bit rate."""
    if len(header) < _HEADER_BYTES or header[0] != 0xFF or header[1] < 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    rate_number, bit_rate_number = header[2] >> 2 & 3, header[2] >> 4
    if version == 1 or layer == 0 or rate_number == 3 or bit_rate_number in {0, 15}:
        return None
    is_first = version == 3
    rate = _RATES[rate_number] // _RATE_DIVISORS[version]
    kbps = (_KBPS_1 if is_first else _KBPS_2)[layer][bit_rate_number - 1]
    samples = 384 if layer == _LAYER_1 else 576 if layer == _LAYER_3 and not is_first else 1152
    padding = header[2] >> 1 & 1
    slot_bytes = 4 if layer == _LAYER_1 else 1
    length = (samples * kbps * 125 // rate // slot_bytes + padding) * slot_bytes
    is_mono = header[3] >> 6 == _MONO
    side_bytes = {(True, False): 32, (True, True): 17, (False, False): 17, (False, True): 9}
    offset = _HEADER_BYTES + side_bytes[is_first, is_mono]
    return _Frame((version, layer, rate, is_mono), length, samples, offset)


def _frames_of_header(frame: _Frame, head: bytes) -> tuple[bool, int | None]:
    """Whether a frame has no audio but a header of the stream, and the frames that it states."""
    if frame.kind[1] != _LAYER_3:
        return False, None
    if head[36:40] == b"VBRI":
        return True, None
    start = _xing_header(frame, head)
    if start is None:
        return False, None
    flags, count = struct.unpack(">II", head[start + 4 : start + 12])
    return True, count if flags & 1 else None


def _xing_header(frame: _Frame, head: bytes) -> int | None:
    """Where the Xing or Info header begins in a frame; None without."""
    for start in (frame.tag_offset, frame.tag_offset + 2):  # behind a checksum
        if head[start : start + 4] in _XING and not any(head[6:start]):
            return start
    return None


def _missing_frames(link: _Link) -> str | None:
    if link.stated is None or link.count + _TOLERATED_FRAMES >= link.stated:
        return None
    return f"its header names {link.stated} frames, and the file has {link.count}"
