"""Sections of a file that are decoded as files of their own."""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, BinaryIO, NamedTuple, TypeAlias

Range: TypeAlias = tuple[int, int]
"""Start and end in a file, in bytes."""

_ENDLESS_BYTES = 1 << 40
_ID3V1_BYTES = 128


@dataclass(frozen=True)
class Section:
    """Bytes that are decoded as a file.

    Parameters
    ----------
    pieces : in order; bytes that replace those of the file, or a range of the file.
    is_endless : whether the length is hidden from the decoder, which would estimate the number of
        samples from it and stop there.
    samples : number of samples of each channel; None where it is not known.
    """

    pieces: tuple[bytes | Range, ...]
    is_endless: bool = False
    samples: int | None = None


class AudioLayout(NamedTuple):
    """Audio in a file.

    Parameters
    ----------
    sections : decoded one after the other, each a recording of its own; empty where the file can be
        decoded as it is.
    missing : description of the bytes that the file lacks, or None.
    """

    sections: tuple[Section, ...] = ()
    missing: str | None = None


class SectionFile(io.RawIOBase):
    """A section as a file that is open for reading.

    Parameters
    ----------
    file : the whole file; its position is used by this object alone.
    """

    def __init__(self, file: BinaryIO, section: Section) -> None:
        self._file = file
        self._pieces = section.pieces
        lengths = [len(p) if isinstance(p, bytes) else p[1] - p[0] for p in section.pieces]
        self._ends = list(accumulate(lengths))
        self._size = _ENDLESS_BYTES if section.is_endless else self._ends[-1]
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        count = 0
        while count < len(view) and (data := self._read(len(view) - count)):
            view[count : count + len(data)] = data
            count += len(data)
            self._position += len(data)
        return count

    def _read(self, count: int) -> bytes:
        """At most `count` bytes at the position, of one piece."""
        if self._position >= self._ends[-1]:
            # libmpg123 looks for an ID3v1 tag at the end, and fails where nothing can be read.
            is_tag = self._position == _ENDLESS_BYTES - _ID3V1_BYTES
            return bytes(min(count, _ID3V1_BYTES)) if is_tag else b""
        number = bisect_right(self._ends, self._position)
        piece, left = self._pieces[number], self._ends[number] - self._position
        if isinstance(piece, bytes):
            return piece[len(piece) - left :][:count]
        self._file.seek(piece[1] - left)
        return self._file.read(min(count, left))


def merged(ranges: Sequence[Range]) -> tuple[Range, ...]:
    """Ranges in which neighbours without a gap are one."""
    result: list[Range] = []
    for following in ranges:
        append_range(result, following)
    return tuple(result)


def append_range(ranges: list[Range], following: Range) -> None:
    """Append a range, which extends the last where there is no gap between them."""
    start, end = following
    if ranges and ranges[-1][1] == start:
        start = ranges.pop()[0]
    ranges.append((start, end))
