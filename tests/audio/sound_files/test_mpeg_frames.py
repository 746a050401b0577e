from __future__ import annotations

import io
import struct

import pytest

from emotion_classifier.audio.sound_files.mpeg_frames import find_mpeg_streams
from emotion_classifier.audio.sound_files.sections import AudioLayout

HEADER = b"\xff\xfb\x90\xc4"  # MPEG 1, layer III, 128 kbit/s, 44.1 kHz, mono
BYTES = 417
FRAME = HEADER + b"\x55" * (BYTES - 4)
SLOW = b"\xff\xfb\x94\xc4" + b"\x55" * 380  # the same at 48 kHz
LAYER_2 = b"\xff\xfd\x80\xc4" + b"\x55" * 413


def info(frames: int, name: bytes = b"Info", length: int | None = None) -> bytes:
    fields = (1, frames, 0) if length is None else (3, frames, length)
    return (HEADER + bytes(17) + name + struct.pack(">III", *fields)).ljust(BYTES, b"\0")


def streams(content: bytes, start: int = 0) -> AudioLayout:
    found = find_mpeg_streams(io.BytesIO(content), start, len(content))
    assert found is not None
    return found


def test_a_file_whose_header_states_its_frames_is_decoded_as_it_is() -> None:
    assert streams(info(5) + FRAME * 5) == AudioLayout((), None)
    assert streams(info(5, length=6 * BYTES) + FRAME * 5) == AudioLayout((), None)
    assert streams(b"ID3" + info(5) + FRAME * 5, start=3) == AudioLayout((), None)


@pytest.mark.parametrize("frame", [FRAME, SLOW, LAYER_2])
def test_frames_without_a_header_are_counted(frame: bytes) -> None:
    (section,), missing = streams(frame * 7)
    assert section.pieces == ((0, 7 * len(frame)),)
    assert (section.samples, section.is_endless, missing) == (7 * 1152, True, None)


def test_joined_files_are_sections() -> None:
    first = info(5, length=6 * BYTES) + FRAME * 5
    second = info(2, b"Xing", 3 * BYTES) + FRAME * 2
    sections, missing = streams(first + b"TAG" + bytes(125) + second)
    start = len(first) + 128
    assert [section.pieces for section in sections] == [
        ((0, len(first)),), ((start, start + len(second)),)
    ]  # fmt: skip
    assert missing is None


def test_a_header_that_states_too_few_frames_is_left_out() -> None:
    (section,), missing = streams(info(5) + FRAME * 9)
    assert section.pieces == ((BYTES, 10 * BYTES),)
    assert (section.samples, missing) == (9 * 1152, None)


def test_another_sample_rate_begins_another_section() -> None:
    sections, _ = streams(FRAME * 3 + SLOW * 4)
    assert [section.samples for section in sections] == [3 * 1152, 4 * 1152]


def test_a_frame_that_is_cut_off_is_missing() -> None:
    assert streams((FRAME * 5)[:-100]).missing == "its last frame lacks 100 bytes"


def test_frames_that_the_header_states_are_missing() -> None:
    assert "names 9 frames, and the file has 5" in str(streams(info(9) + FRAME * 5).missing)
    assert streams(info(7) + FRAME * 5).missing is None  # cutting tools do not adjust it


@pytest.mark.parametrize("behind", [bytes(9000), b"TAG" + bytes(125), b"\xff\xfb" * 200])
def test_other_bytes_behind_the_frames_are_left_out(behind: bytes) -> None:
    (section,), missing = streams(FRAME * 5 + behind)
    assert (section.pieces, missing) == (((0, 5 * BYTES),), None)


def test_a_gap_is_damage_where_it_is_longer_than_a_frame() -> None:
    assert streams(FRAME * 5 + bytes(400) + FRAME * 5).missing is None
    assert "5000 bytes" in str(streams(FRAME * 5 + bytes(5000) + FRAME * 5).missing)


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"\xff\xf1\x50\x80" * 500, b"RIFF" + bytes(500), HEADER + bytes(900)]
)
def test_other_files_are_no_mpeg_audio(content: bytes) -> None:
    assert find_mpeg_streams(io.BytesIO(content), 0, len(content)) is None
