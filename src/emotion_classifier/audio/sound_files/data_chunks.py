"""The samples of WAV, AIFF, AU, CAF and NIST files by their headers: where they are, how many bytes.

libsndfile silently takes the length of the file where the header states more, and no samples where it
states none.
"""

from __future__ import annotations

import re
import struct
from typing import BinaryIO, NamedTuple

from emotion_classifier.audio.sound_files.sections import Section

# Recorders that write to a pipe do not know the length: ffmpeg writes the largest number, sox and
# arecord one that is just below 2 GiB, or 2 GiB.
_UNKNOWN_LENGTHS = (
    range(0x7FFF_F000, 0x8000_1000),
    range(0xFFFF_F000, 1 << 32),
    range(1 << 62, 1 << 64),
)
_RIFF_HEADER_BYTES = 12
_CHUNK_NAME = re.compile(rb"[\w ]{4}")
_NIST_HEAD_BYTES = 1024
_NIST_COUNTS = (b"sample_count", b"channel_count", b"sample_n_bytes")
_MPEG_CODINGS = (0x50, 0x55)
_MOST_CHUNKS = 100_000  # in a file of zeros each chunk is empty


class _Layout(NamedTuple):
    """Layout of a file of chunks, each with a name and a length."""

    first: int
    """Position of the first chunk."""
    order: str
    """``<`` or ``>``, for `struct`."""
    name_bytes: int
    length: str
    """Type of the length, for `struct`."""
    samples: bytes
    """Beginning of the name of the chunk with samples."""
    alignment: int = 2
    counts_header: bool = False
    """Whether the length of a chunk includes its header."""


_LAYOUTS = {
    b"RIFF": _Layout(12, "<", 4, "I", b"data"),
    b"RIFX": _Layout(12, ">", 4, "I", b"data"),
    b"RF64": _Layout(12, "<", 4, "I", b"data"),
    b"FORM": _Layout(12, ">", 4, "I", b"SSND"),
    b"caff": _Layout(8, ">", 4, "q", b"data", alignment=1),
    b"riff": _Layout(40, "<", 16, "Q", b"data", alignment=8, counts_header=True),
}


class DataChunk(NamedTuple):
    """Samples of a file.

    Parameters
    ----------
    start : position of their first byte.
    stated : number of their bytes; None where the header does not state it.
    field : position and type, for `struct`, of the length in the header; None where libsndfile does
        not need it.
    is_mpeg : whether they are the frames of an MP3.
    is_overrun : whether libsndfile takes what follows them for samples.
    """

    start: int
    stated: int | None
    field: tuple[int, str] | None = None
    is_mpeg: bool = False
    is_overrun: bool = False


def find_data_chunk(file: BinaryIO, size: int, begin: int = 0) -> DataChunk | None:
    """The samples of a WAV (also RIFX, RF64, W64), AIFF, AU, CAF or NIST SPHERE file of `size` bytes.

    None in other files, and where the header has no samples. A file that is joined to another begins at
    `begin`; positions are those of the whole.
    """
    file.seek(begin)
    magic = file.read(4)
    if magic in {b".snd", b"dns."}:
        order = ">" if magic == b".snd" else "<"
        start, length = struct.unpack(f"{order}II", file.read(8).ljust(8, b"\0"))
        return DataChunk(start, _stated(length, size), (8, f"{order}I"))
    if magic == b"NIST":
        return _nist_samples(magic + file.read(_NIST_HEAD_BYTES))
    layout = _LAYOUTS.get(magic)
    return None if layout is None else _chunk_of_samples(file, size, magic, layout, begin)


def missing_bytes(data: DataChunk, size: int) -> int:
    """Number of bytes of samples that the header states and a file of `size` bytes lacks."""
    return 0 if data.stated is None else max(0, data.start + data.stated - size)


def find_joined_wav(file: BinaryIO, data: DataChunk, size: int) -> tuple[DataChunk, int] | None:
    """The samples of the WAV file that is joined behind another, and its beginning; None without."""
    if data.stated is None:
        return None
    position = data.start + data.stated + data.stated % 2
    while position + _RIFF_HEADER_BYTES <= size:
        file.seek(position)
        name, length, form = struct.unpack("<4sI4s", file.read(_RIFF_HEADER_BYTES))
        if name == b"RIFF" and form == b"WAVE":
            following = find_data_chunk(file, size, position)
            return None if following is None else (following, position)
        if not re.fullmatch(_CHUNK_NAME, name):
            return None
        position += 8 + length + length % 2
    return None


def with_true_length(file: BinaryIO, data: DataChunk, size: int) -> Section | None:
    """The file with the length of its samples, where the header lacks it and libsndfile needs it.

    An interrupted recorder leaves a length of zero.
    """
    is_unwritten = data.stated == 0 and not _ends_in_chunks(file, data.start, size)
    is_endless_caf = data.stated is None and data.field is not None and data.field[1] == ">q"
    if data.field is None or data.start >= size or not (is_unwritten or is_endless_caf):
        return None
    position, kind = data.field
    largest = (1 << 32) - 1 if kind.endswith("I") else size
    length = struct.pack(kind, min(size - data.start, largest))
    return Section(((0, position), length, (position + len(length), size)))


def _chunk_of_samples(
    file: BinaryIO, size: int, magic: bytes, layout: _Layout, begin: int
) -> DataChunk | None:
    header = struct.Struct(f"{layout.order}{layout.name_bytes}s{layout.length}")
    position = begin + layout.first
    long_length: tuple[int, int] | None = None
    is_mpeg = False
    for _ in range(_MOST_CHUNKS):
        if position >= size:
            return None
        file.seek(position)
        if len(head := file.read(header.size)) < header.size:
            return None
        name, length = header.unpack(head)
        length -= header.size if layout.counts_header else 0
        start = position + header.size
        if name.startswith(layout.samples):
            field = (position + layout.name_bytes, layout.order + layout.length)
            if long_length is not None and length == (1 << 32) - 1:
                length, field = long_length[1], (long_length[0], "<Q")
            needs_length = layout.samples == b"data" and not layout.counts_header
            stated = _stated(length, size)
            needed = field if needs_length else None
            return DataChunk(start, stated, needed, is_mpeg, is_overrun=layout.counts_header)
        if length < 0:
            return None
        if name == b"ds64":
            long_length = (start + 8, int.from_bytes(file.read(16)[8:], "little"))
        elif name == b"fmt ":
            is_mpeg = int.from_bytes(file.read(2), "little") in _MPEG_CODINGS
        position = start + length + -length % layout.alignment
    return None


def _stated(length: int, size: int) -> int | None:
    """A length in a header; None where it is no length of samples.

    Some recorders write the length of the file, with or without the eight bytes of its first chunk.
    """
    unknown = length < 0 or any(length in lengths for lengths in _UNKNOWN_LENGTHS)
    return None if unknown or length in {size, size - 8} else length


def _ends_in_chunks(file: BinaryIO, position: int, size: int) -> bool:
    """Whether all bytes from a position on are chunks of metadata."""
    while position < size:
        file.seek(position)
        name, length = struct.unpack("<4sI", file.read(8).ljust(8, b"\0"))
        if not re.fullmatch(_CHUNK_NAME, name):
            return False
        position += 8 + length + length % 2
    return position <= size + 1


def _nist_samples(head: bytes) -> DataChunk | None:
    found = [re.search(rb"\n%b -\w+ (\d{1,12})\s" % name, head) for name in _NIST_COUNTS]
    size = re.match(rb"NIST_1A\s+(\d{1,7})\s", head)
    if size is None or not all(found) or b"shorten" in head:  # compressed
        return None
    length = 1
    for match in found:
        length *= int(match[1]) if match else 0
    return DataChunk(int(size[1]), length, is_overrun=True)
