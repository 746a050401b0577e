from __future__ import annotations

import io
import os

from emotion_classifier.audio.sound_files.sections import Section, SectionFile, merged

WHOLE = io.BytesIO(b"0123456789")


def test_pieces_are_read_as_one_file() -> None:
    file = SectionFile(WHOLE, Section(((8, 10), b"abc", (2, 4))))
    assert file.read() == b"89abc23"
    assert file.seek(-4, os.SEEK_END) == 3
    assert file.read(2) == b"bc"
    assert file.seek(-1, os.SEEK_CUR) == file.tell() == 4
    assert file.read(9) == b"c23"
    assert file.read(9) == b""


def test_an_endless_section_hides_its_length_and_ends_all_the_same() -> None:
    file = SectionFile(WHOLE, Section(((0, 4),), is_endless=True))
    assert file.seek(0, os.SEEK_END) > 1 << 30
    file.seek(-128, os.SEEK_END)
    assert file.read(128) == bytes(128)  # where an ID3v1 tag would be
    file.seek(2)
    assert file.read(9) == b"23"


def test_ranges_without_a_gap_are_merged() -> None:
    assert merged([(0, 3), (3, 5), (6, 7)]) == ((0, 5), (6, 7))
