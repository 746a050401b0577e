from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_classifier.audio.file_type import STREAM_HEAD_BYTES, describe_content, describe_stream


@pytest.mark.parametrize(
    ("head", "description"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG image"),
        (b"\0\0\0\x20ftypM4A ", "an MP4 or M4A file"),
        (b"\x1aE\xdf\xa3\1\0", "a WebM or Matroska file"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer (run: git lfs pull)"),
        (b"just some text", None),
        (b"", None),
    ],
)
def test_describe_content(tmp_path: Path, head: bytes, description: str | None) -> None:
    path = tmp_path / "file"
    path.write_bytes(head)
    assert describe_content(path) == description


@pytest.mark.parametrize(
    ("form", "description"),
    [
        ("WAV", "a WAV file"), ("RF64", "a WAV file"), ("W64", "a W64 file"),
        ("AIFF", "an AIFF file"), ("AU", "an AU file"), ("CAF", "a CAF file"),
        ("NIST", "a NIST SPHERE file"), ("FLAC", "a FLAC file"), ("OGG", "an Ogg file"),
        ("MP3", "an MP3 file"), ("VOC", "a VOC file"),
    ],
)  # fmt: skip
def test_a_stream_of_a_file_is_recognised(form: str, description: str) -> None:
    file = io.BytesIO()
    soundfile.write(file, np.full(16000, 0.1), 16000, format=form)
    assert describe_stream(file.getvalue()[:STREAM_HEAD_BYTES]) == description


def test_streams_of_mp3_with_a_tag_and_of_aac_are_recognised() -> None:
    assert describe_stream(b"ID3\3\0\0\0\0\2\1") == "an MP3 file"
    frame = b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(9)
    assert describe_stream(frame * 3) == "an AAC file"
    assert describe_stream(frame[:8] + bytes(100)) is None


def test_raw_samples_are_not_taken_for_a_file() -> None:
    rng = np.random.default_rng(0)
    for number in range(2000):
        scale = 10.0 ** rng.uniform(0, 4.5)
        samples = (scale * rng.standard_normal(STREAM_HEAD_BYTES // 2)).clip(-32768, 32767)
        first = (b"", b"\xff\xfb", b"\xff\xf1", b"\x1f\x8b")[number % 4]
        content = first + samples.astype("<i2").tobytes()
        assert describe_stream(content[:STREAM_HEAD_BYTES]) is None
