from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile

from emotion_classifier.audio.sound_files.data_chunks import (
    find_data_chunk,
    find_joined_wav,
    missing_bytes,
    with_true_length,
)


def wav(
    data: bytes, *, claimed: int | None = None, before: bytes = b"", after: bytes = b""
) -> bytes:
    fmt = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16000, 32000, 2, 16)
    length = len(data) if claimed is None else claimed
    body = b"WAVE" + fmt + before + b"data" + struct.pack("<I", length) + data + after
    return b"RIFF" + struct.pack("<I", len(body)) + body


def missing(content: bytes) -> int | None:
    data = find_data_chunk(io.BytesIO(content), len(content))
    return None if data is None else missing_bytes(data, len(content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (wav(b"1234"), 0),
        (wav(b"1234", claimed=10), 6),
        (wav(b"1234", after=b"LIST\4\0\0\0abcd"), 0),
        (wav(b"1234", before=b"LIST\4\0\0\0abcd", claimed=5), 1),
        (wav(b"1234", before=b"LIST\3\0\0\0abc\0", claimed=5), 1),
        (wav(b"1234", claimed=0xFFFFFFFF), 0),
        (wav(b"1234", claimed=0x7FFFFFFF - 36), 0),
        (wav(b"1234", claimed=0x80000000), 0),
        (wav(b"1234", claimed=3_000_000_000), 2_999_999_996),
        (wav(b"1234", claimed=48), 0),
        (wav(b"1234", claimed=40), 0),
        (wav(b"")[:36], None),
        (b"fLaC" + bytes(100), None),
        (b"RI", None),
    ],
    ids=[
        "whole", "short", "chunk-after", "chunk-before", "odd-chunk-before",
        "ffmpeg-pipe", "sox-pipe", "arecord", "3-gigabytes", "length-of-the-file",
        "length-of-the-file-but-8", "no-data-chunk", "flac", "two-bytes",
    ],
)  # fmt: skip
def test_missing_bytes(content: bytes, expected: int | None) -> None:
    assert missing(content) == expected


@pytest.mark.parametrize("form", ["WAV", "RF64", "W64", "AIFF", "AU", "NIST", "CAF"])
@pytest.mark.parametrize("subtype", ["PCM_16", "ULAW"])
def test_missing_bytes_of_each_format(form: str, subtype: str) -> None:
    encoded = io.BytesIO()
    soundfile.write(encoded, np.full(8000, 0.1), 16000, format=form, subtype=subtype)
    content = encoded.getvalue()
    assert missing(content) == 0
    whole = find_data_chunk(encoded, len(content))
    assert whole is not None
    assert missing(content[: whole.start + 1000]) == 8000 * (1 + (subtype == "PCM_16")) - 1000 + (
        8 if form == "AIFF" else 4 if form == "CAF" else 0  # fields at the beginning of the chunk
    )


def test_a_length_beyond_all_files_ends_the_search() -> None:
    encoded = io.BytesIO()
    soundfile.write(encoded, np.full(800, 0.1), 16000, format="W64")
    content = bytearray(encoded.getvalue())
    content[40 + 16 : 40 + 24] = b"\xff" * 8
    assert missing(bytes(content)) is None


def test_wav_files_that_are_joined_are_found() -> None:
    first = wav(b"12345", after=b"\0LIST\4\0\0\0abcd")
    content = first + wav(b"12", claimed=9)
    file = io.BytesIO(content)
    data = find_data_chunk(file, len(content))
    assert data is not None
    following = find_joined_wav(file, data, len(content))
    assert following is not None
    second, begin = following
    assert (begin, second.start, missing_bytes(second, len(content))) == (
        len(first), len(first) + 44, 7
    )  # fmt: skip
    assert find_joined_wav(file, second, len(content)) is None


def test_big_endian_wav() -> None:
    encoded = io.BytesIO()
    soundfile.write(encoded, np.full(800, 0.1), 16000, format="WAV", endian="BIG")
    assert missing(encoded.getvalue()[:-100]) == 100


@pytest.mark.parametrize(
    ("content", "is_unwritten"),
    [
        (wav(b"12345678", claimed=0), True),
        (wav(b"12345678"), False),
        (wav(b"", claimed=0), False),
        (wav(b"", claimed=0, after=b"LIST\4\0\0\0abcd"), False),
    ],
    ids=["interrupted", "whole", "no-samples", "no-samples-but-metadata"],
)
def test_a_length_of_zero_is_replaced_where_samples_follow(
    content: bytes, is_unwritten: bool
) -> None:
    file = io.BytesIO(content)
    data = find_data_chunk(file, len(content))
    assert data is not None
    section = with_true_length(file, data, len(content))
    assert (section is not None) is is_unwritten
    if section is not None:
        assert section.pieces == ((0, 40), struct.pack("<I", 8), (44, len(content)))


def test_the_number_of_chunks_is_limited() -> None:
    content = b"RIFF\0\0\0\0WAVE" + bytes(8 * 200_000) + b"data\1\0\0\0"
    assert find_data_chunk(io.BytesIO(content), len(content)) is None
