"""What a WAV header promises about the length of the file."""

from __future__ import annotations

import struct
from pathlib import Path

# Recorders that write to a pipe do not know the length: ffmpeg writes 0xFFFFFFFF, sox and arecord
# something just below or at 2 GiB.
_LENGTH_UNKNOWN_FROM_BYTES = 0x7FFF_F000
_HEADER_BYTES = 12
_CHUNK_HEADER_BYTES = 8


def missing_bytes(path: Path) -> int:
    """Bytes of samples that the header of a WAV file promises and the file does not hold.

    Zero where the header gives no length, or where `path` is not a RIFF file. (libsndfile silently
    believes the file rather than its header.)
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(_HEADER_BYTES)[:4] != b"RIFF":
            return 0
        while len(header := file.read(_CHUNK_HEADER_BYTES)) == _CHUNK_HEADER_BYTES:
            name, length = struct.unpack("<4sI", header)
            if name == b"data":
                promised = 0 if length >= _LENGTH_UNKNOWN_FROM_BYTES else file.tell() + length
                return max(0, promised - size)
            file.seek(length + length % 2, 1)
    return 0
