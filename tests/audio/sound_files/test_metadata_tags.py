from __future__ import annotations

import io
import struct

import pytest

from emotion_classifier.audio.sound_files.metadata_tags import end_of_tags, start_of_tags

ID3V1 = b"TAG" + bytes(125)
ID3V2 = b"ID3\4\0\0" + bytes([0, 0, 2, 1]) + bytes(257)
ID3V2_WITH_FOOTER = b"ID3\4\0\x10" + bytes([0, 0, 0, 5]) + bytes(5) + b"3DI\4\0\x10\0\0\0\5"
APE_ITEMS = bytes(40)
LYRICS = b"LYRICSBEGININD00002" + b"00"
LYRICS += b"%06d" % len(LYRICS) + b"LYRICS200"


def ape(flags: int) -> bytes:
    return b"APETAGEX" + struct.pack("<IIII", 2000, len(APE_ITEMS) + 32, 1, flags) + bytes(8)


APE = APE_ITEMS + ape(0)
APE_WITH_HEADER = ape(1 << 31 | 1 << 29) + APE_ITEMS + ape(1 << 31)


@pytest.mark.parametrize("tags", [b"", ID3V2, ID3V2_WITH_FOOTER, ID3V2 + ID3V2, APE_WITH_HEADER])
def test_tags_before_audio(tags: bytes) -> None:
    assert end_of_tags(io.BytesIO(tags + b"audio" * 9), 0) == len(tags)


@pytest.mark.parametrize(
    "tags",
    [
        b"", ID3V1, APE, APE_WITH_HEADER, APE + ID3V1, LYRICS + ID3V1, ID3V2_WITH_FOOTER,
        b"TAG+" + bytes(223) + ID3V1,
    ],
)  # fmt: skip
def test_tags_behind_audio(tags: bytes) -> None:
    audio = b"audio" * 60
    assert start_of_tags(io.BytesIO(audio + tags), len(audio + tags)) == len(audio)


def test_a_file_that_is_only_a_tag() -> None:
    assert start_of_tags(io.BytesIO(ID3V1), 128) == 0
    assert end_of_tags(io.BytesIO(ID3V2[:50]), 0) == len(ID3V2)
