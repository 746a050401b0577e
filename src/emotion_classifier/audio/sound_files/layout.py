"""The audio in a file, and the bytes that it lacks by its own headers.

libsndfile decodes most files as they are. Here are the exceptions: joined recordings, of which it decodes
the first alone; lengths that it would estimate, or that were never written; tags behind FLAC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from emotion_classifier.audio.sound_files.data_chunks import (
    DataChunk,
    find_data_chunk,
    find_joined_wav,
    missing_bytes,
    with_true_length,
)
from emotion_classifier.audio.sound_files.metadata_tags import end_of_tags, start_of_tags
from emotion_classifier.audio.sound_files.mpeg_frames import find_mpeg_streams
from emotion_classifier.audio.sound_files.ogg_pages import find_ogg_streams
from emotion_classifier.audio.sound_files.sections import AudioLayout, Section

_SEARCH_BYTES = 1 << 20
_FLAC_START = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22", re.DOTALL)
_FLAC_START_BYTES = 8


def find_audio_layout(file: BinaryIO, size: int) -> AudioLayout:
    """The audio in a file of `size` bytes that is open for reading; its position changes."""
    start = end_of_tags(file, 0)
    file.seek(start)
    magic = file.read(4)
    if magic == b"OggS":
        return find_ogg_streams(file, size)
    if magic == b"fLaC":
        return AudioLayout(_flac_sections(file, start, size))
    if data := find_data_chunk(file, size):
        return _layout_of_samples(file, data, size)
    return find_mpeg_streams(file, start, size) or AudioLayout()


def _layout_of_samples(file: BinaryIO, data: DataChunk, size: int) -> AudioLayout:
    lacks = _lacks(data, size)
    if data.is_mpeg:
        end = size if data.stated is None else min(size, data.start + data.stated)
        if streams := find_mpeg_streams(file, data.start, end):
            whole = (Section(((data.start, end),)),)
            return AudioLayout(streams.sections or whole, lacks or streams.missing)
    if section := with_true_length(file, data, size):
        return AudioLayout((section,), lacks)
    return _layout_of_joined_wav(file, data, size, lacks)


def _layout_of_joined_wav(
    file: BinaryIO, data: DataChunk, size: int, lacks: str | None
) -> AudioLayout:
    starts = [0]
    while following := find_joined_wav(file, data, size):
        data, start = following
        starts.append(start)
    if len(starts) == 1:
        end = data.start + (data.stated or size)
        is_cut = data.is_overrun and end < size
        return AudioLayout((Section(((0, end),)),) if is_cut else (), lacks)
    ranges = zip(starts, [*starts[1:], size], strict=True)
    return AudioLayout(tuple(Section((piece,)) for piece in ranges), _lacks(data, size))


def _lacks(data: DataChunk, size: int) -> str | None:
    missing = missing_bytes(data, size)
    return f"{missing} bytes of samples that its header names are missing" if missing else None


def _flac_sections(file: BinaryIO, start: int, size: int) -> tuple[Section, ...]:
    end = start_of_tags(file, size)
    starts = list(_flac_starts(file, start, end))
    if len(starts) < 2 and end == size:
        return ()
    return tuple(Section((piece,)) for piece in zip(starts, [*starts[1:], end], strict=True))


def _flac_starts(file: BinaryIO, start: int, end: int) -> Iterator[int]:
    """Positions of the recordings that a FLAC file joins."""
    position = start
    while position < end:
        file.seek(position)
        block = file.read(min(_SEARCH_BYTES, end - position))
        yield from (position + found.start() for found in _FLAC_START.finditer(block))
        position += max(1, len(block) - _FLAC_START_BYTES + 1)
