from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from emotion_classifier.audio.sound_files.ogg_pages import find_ogg_streams
from emotion_classifier.audio.sound_files.sections import AudioLayout


@pytest.fixture(scope="module")
def ogg() -> bytes:
    file = io.BytesIO()
    noise = 0.1 * np.random.default_rng(0).standard_normal(16000)
    soundfile.write(file, noise, 16000, format="OGG", subtype="VORBIS")
    return file.getvalue()


def streams(content: bytes) -> AudioLayout:
    return find_ogg_streams(io.BytesIO(content), len(content))


def renumbered(content: bytes, *, serial: int) -> bytes:
    """A stream that begins and ends like `content`, but has no audio."""
    page = content[: content.index(b"OggS", 4)]
    page = page[:14] + serial.to_bytes(4, "little") + page[18:]
    return _with_checksum(page.replace(b"vorbis", b"theora"))


def _with_checksum(page: bytes) -> bytes:
    value = 0
    for byte in page[:22] + bytes(4) + page[26:]:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    return page[:22] + value.to_bytes(4, "little") + page[26:]


def test_a_whole_file_is_decoded_as_it_is(ogg: bytes) -> None:
    assert streams(ogg) == AudioLayout((), None)


def test_joined_recordings_are_sections(ogg: bytes) -> None:
    sections, missing = streams(ogg + ogg + ogg)
    starts = [section.pieces[0] for section in sections]
    assert starts == [(n * len(ogg), (n + 1) * len(ogg)) for n in range(3)]
    assert missing is None


def test_other_streams_are_left_out(ogg: bytes) -> None:
    video = renumbered(ogg, serial=1)
    (section,), missing = streams(video + ogg)
    assert (section.pieces, missing) == (((len(video), len(video) + len(ogg)),), None)


def test_bytes_between_pages_are_left_out(ogg: bytes) -> None:
    end = ogg.rindex(b"OggS")
    (section,), missing = streams(ogg[:end] + b"hello" + ogg[end:])
    assert (section.pieces, missing) == (((0, end), (end + 5, len(ogg) + 5)), None)


@pytest.mark.parametrize("cut", [1, 100, 2000])
def test_a_file_that_is_cut_off(ogg: bytes, cut: int) -> None:
    assert streams(ogg[:-cut]).missing
    assert streams(ogg + ogg[:-cut]).missing


def test_a_changed_bit(ogg: bytes) -> None:
    at = len(ogg) - 50
    assert streams(ogg[:at] + bytes([ogg[at] ^ 4]) + ogg[at + 1 :]).missing
