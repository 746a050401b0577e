"""Recordings that libsndfile alone would cut short, estimate or refuse."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_classifier.audio.io import read_audio
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import AudioError

RATE = 16000
ID3V1 = b"TAG" + bytes(125)


def tone(seconds: float, amplitude: float = 0.3, channels: int = 1) -> Samples:
    """A tone (sample, channel)."""
    wave = amplitude * np.sin(np.arange(round(seconds * RATE)) * 0.3)
    return np.tile(wave[:, np.newaxis].astype(np.float32), (1, channels))


def encoded(samples: Samples, form: str, subtype: str | None = None, rate: int = RATE) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=form, subtype=subtype)
    return file.getvalue()


def without_header(mp3: bytes) -> bytes:
    """An MP3 without its first frame, which states the length of the others."""
    return mp3[mp3.index(mp3[:2], 2) :]


def read(tmp_path: Path, content: bytes) -> Samples:
    path = tmp_path / "x"
    path.write_bytes(content)
    return read_audio(path).samples


def code(tmp_path: Path, content: bytes) -> str:
    with pytest.raises(AudioError) as caught:
        read(tmp_path, content)
    return caught.value.code


FORMATS = [("WAV", None), ("MP3", None), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("FLAC", None)]


@pytest.mark.parametrize(("form", "subtype"), FORMATS)
@pytest.mark.parametrize("channels", [1, 2])
def test_joined_recordings_are_decoded_to_the_end(
    tmp_path: Path, form: str, subtype: str | None, channels: int
) -> None:
    loud = encoded(tone(0.6, 0.5, channels), form, subtype)
    quiet = encoded(tone(1.0, 0.02, channels), form, subtype)
    samples = read(tmp_path, loud + quiet)
    assert samples.shape == (channels, round(1.6 * RATE))
    assert np.abs(samples[:, :9000]).max() == pytest.approx(0.5, abs=0.1)
    assert np.abs(samples[:, 12000:]).max() == pytest.approx(0.02, abs=0.03)


@pytest.mark.parametrize("parts", [(0.5, 0.001), (0.001, 0.5)])
def test_mp3_of_variable_bit_rate_without_header(tmp_path: Path, parts: tuple[float, ...]) -> None:
    """Its length is no multiple of that of its first frames."""
    rng = np.random.default_rng(0)
    content = b""
    for amplitude in parts:
        noise = amplitude * rng.standard_normal((2 * RATE, 1))
        file = io.BytesIO()
        with soundfile.SoundFile(
            file, "w", RATE, 1, format="MP3", bitrate_mode="VARIABLE", compression_level=0.3
        ) as encoder:
            encoder.write(noise)
        content += without_header(file.getvalue())
    samples = read(tmp_path, content)
    assert 4 * RATE <= samples.shape[1] < 4.4 * RATE


@pytest.mark.parametrize("other", [tone(0.5, channels=2), tone(0.5)])
@pytest.mark.parametrize(("form", "subtype"), [("MP3", None), ("OGG", "VORBIS")])
def test_joined_recordings_of_different_formats_are_refused(
    tmp_path: Path, form: str, subtype: str | None, other: Samples
) -> None:
    rate = RATE if other.shape[1] == 2 else 22050
    content = encoded(tone(0.5), form, subtype) + encoded(other, form, subtype, rate)
    assert code(tmp_path, content) == "format-change"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.97])
@pytest.mark.parametrize(
    ("form", "subtype"),
    [
        *FORMATS, ("RF64", None), ("W64", None), ("AIFF", None), ("AU", None),
        ("NIST", None), ("CAF", None), ("WAV", "ULAW"), ("NIST", "ULAW"), ("AIFF", "IMA_ADPCM"),
    ],
)  # fmt: skip
def test_what_is_cut_off_is_truncated(
    tmp_path: Path, form: str, subtype: str | None, share: float
) -> None:
    content = encoded(tone(2.0), form, subtype)
    end = max(round(share * len(content)), len(content) - round(2.0 * RATE * 2))
    assert code(tmp_path, content[:end]) == "truncated"


def test_ogg_without_its_last_page_is_truncated(tmp_path: Path) -> None:
    content = encoded(tone(4.0), "OGG", "VORBIS")
    assert code(tmp_path, content[: content.rindex(b"OggS")]) == "truncated"


def test_a_damaged_page_of_ogg_is_reported(tmp_path: Path) -> None:
    content = bytearray(encoded(tone(4.0), "OGG", "VORBIS"))
    content[len(content) // 2] ^= 1
    assert code(tmp_path, bytes(content)) == "truncated"


@pytest.mark.parametrize("endian", ["LITTLE", "BIG"])
@pytest.mark.parametrize("length", ["zero", "file", "half"])
def test_wav_whose_length_was_not_written(tmp_path: Path, endian: str, length: str) -> None:
    file = io.BytesIO()
    soundfile.write(file, tone(1.0), RATE, format="WAV", endian=endian)
    content = bytearray(file.getvalue())
    stated = {"zero": 0, "file": len(content), "half": 2 * 2 * RATE}[length]
    content[40:44] = struct.pack("<I" if endian == "LITTLE" else ">I", stated)
    if length == "half":
        assert code(tmp_path, bytes(content)) == "truncated"
    else:
        assert read(tmp_path, bytes(content)).shape == (1, RATE)


@pytest.mark.parametrize(
    ("form", "field", "value"),
    [("AU", 8, bytes(4)), ("RF64", 28, bytes(8)), ("CAF", -8, b"\xff" * 8), ("CAF", -8, bytes(8))],
)
def test_other_lengths_that_were_not_written(
    tmp_path: Path, form: str, field: int, value: bytes
) -> None:
    content = bytearray(encoded(tone(1.0), form))
    at = field if field > 0 else content.index(b"data") + 4
    content[at : at + len(value)] = value
    assert read(tmp_path, bytes(content)).shape == (1, RATE)


@pytest.mark.parametrize("form", ["FLAC", "MP3"])
def test_tags_around_audio(tmp_path: Path, form: str) -> None:
    content = b"ID3\3\0\0\0\0\0\5hello" + encoded(tone(1.0), form) + ID3V1
    assert read(tmp_path, content).shape == (1, RATE)


def test_mp3_beside_the_file_of_macos(tmp_path: Path) -> None:
    (tmp_path / "._x").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X" + bytes(4000))
    assert read(tmp_path, encoded(tone(1.0), "MP3")).shape == (1, RATE)


def test_messages_of_libmpg123_are_kept_from_standard_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content = encoded(tone(2.0), "MP3")
    starts = [n for n in range(2, len(content)) if content[n : n + 2] == content[:2]]
    for start in starts[5:40:3]:  # side information without sense
        content = content[: start + 4] + b"\xa5" * 16 + content[start + 20 :]
    read(tmp_path, content)
    assert capfd.readouterr().err == ""


def test_mp3_in_wav(tmp_path: Path) -> None:
    mp3 = without_header(encoded(tone(1.0), "MP3"))
    fmt = struct.pack("<IHHIIHHHHIHHH", 30, 0x55, 1, RATE, 8000, 1, 0, 12, 1, 2, 1152, 1, 1393)
    body = b"WAVEfmt " + fmt + b"data" + struct.pack("<I", len(mp3)) + mp3
    content = b"RIFF" + struct.pack("<I", len(body)) + body
    assert RATE <= read(tmp_path, content).shape[1] < 1.2 * RATE
    assert code(tmp_path, content[:-1000]) == "truncated"
