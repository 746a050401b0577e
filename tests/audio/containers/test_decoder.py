"""Sound in films, phone recordings and other files that FFmpeg decodes, encoded here by FFmpeg."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.audio.containers.ffmpeg_files import encode, tone

from emotion_classifier.audio.containers.decoder import CONTAINER_CONTENTS
from emotion_classifier.audio.file_type import describe_content
from emotion_classifier.audio.io import open_audio, read_audio
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import AudioError
from emotion_classifier.installation import install_command

av: Any = pytest.importorskip("av", reason="needs PyAV: pip install 'emotion_classifier[audio]'")

RATE = 48_000
FORMATS = [
    ("m4a", "mp4", "aac"),
    ("mp4", "mp4", "aac"),
    ("mov", "mov", "pcm_s16le"),
    ("webm", "webm", "libopus"),
    ("mkv", "matroska", "pcm_s16le"),
    ("aac", "adts", "aac"),
    ("avi", "avi", "pcm_s16le"),
    ("wma", "asf", "mp2"),
    ("loas", "latm", "aac"),
    ("caf", "caf", "alac"),
]


def envelope(samples: Samples) -> Samples:
    """RMS level of each 50 ms of the first channel."""
    frames = samples[0, : samples.shape[1] // 2400 * 2400].reshape(-1, 2400)
    levels: Samples = np.sqrt(np.square(frames).mean(1))
    return levels


def code_of(path: Path) -> str:
    """Code of the error that a file raises."""
    with pytest.raises(AudioError) as caught:
        read_audio(path)
    return caught.value.code


@pytest.mark.parametrize(("suffix", "form", "codec"), FORMATS)
@pytest.mark.parametrize("channels", [1, 2])
def test_reads_the_sound_of_a_container(
    tmp_path: Path, suffix: str, form: str, codec: str, channels: int
) -> None:
    samples = tone(channels=channels)
    waveform = read_audio(encode(tmp_path / f"x.{suffix}", form, codec, samples))
    assert (waveform.sample_rate, waveform.samples.shape[0]) == (RATE, channels)
    assert waveform.duration_seconds == pytest.approx(2.0, abs=0.1)
    assert waveform.samples.dtype == np.float32
    # Encoders put up to 50 ms in front, so levels over time are compared, not samples.
    similar = np.corrcoef(envelope(waveform.samples)[:35], envelope(samples)[:35])[0, 1]
    assert similar > 0.98
    assert np.abs(waveform.samples).max() == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize(("suffix", "form", "codec"), FORMATS)
def test_ffmpeg_decodes_only_known_containers(
    tmp_path: Path, suffix: str, form: str, codec: str
) -> None:
    path = encode(tmp_path / f"x.{suffix}", form, codec, tone(0.2))
    assert describe_content(path) in CONTAINER_CONTENTS


@pytest.mark.parametrize(
    ("form", "codec"), [("mp4", "aac"), ("webm", "libopus"), ("matroska", "pcm_s16le")]
)
def test_each_of_eight_channels_is_read(tmp_path: Path, form: str, codec: str) -> None:
    levels = np.arange(1, 9, dtype=np.float32)[:, None] / 8
    samples = (tone(1.0, channels=8) * levels).astype(np.float32)
    found = read_audio(encode(tmp_path / "x", form, codec, samples)).samples
    quietest, loudest = 3, 7  # the low frequencies, which AAC removes, and the last channel
    assert found.shape[0] == 8
    assert np.argmax(np.abs(found).max(1)) == loudest
    assert np.abs(found[quietest]).max() < np.abs(found[loudest]).max()


def test_samples_are_counted_while_they_are_decoded(tmp_path: Path) -> None:
    """A file of minutes is refused after the limit and not at its end."""
    path = encode(tmp_path / "x.m4a", "mp4", "alac", np.zeros((1, 120 * RATE), np.float32))
    tracemalloc.start()
    try:
        with open_audio(path, maximum_seconds=10.0) as stream, pytest.raises(AudioError) as caught:
            for _ in stream.blocks:
                pass
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()
    assert caught.value.code == "too-long"
    assert "10 s" in caught.value.reason


@pytest.mark.parametrize(
    ("form", "codec", "options"),
    [
        ("mp4", "aac", {}),
        ("mp4", "aac", {"movflags": "faststart"}),
        ("mov", "pcm_s16le", {"movflags": "faststart"}),
        ("webm", "libopus", {}),
        ("matroska", "pcm_s16le", {}),
        ("avi", "pcm_s16le", {}),
        ("asf", "mp2", {}),
        ("latm", "aac", {}),
    ],
)
def test_a_truncated_container_is_refused(
    tmp_path: Path, form: str, codec: str, options: dict[str, str]
) -> None:
    path = encode(tmp_path / "x", form, codec, tone(4.0), options=options)
    content = path.read_bytes()
    assert read_audio(path).duration_seconds == pytest.approx(4.0, abs=0.1)
    path.write_bytes(content[: len(content) // 2])
    assert code_of(path) == "truncated"


def test_a_recording_without_a_stated_length_is_read_to_its_end(tmp_path: Path) -> None:
    live = {"webm": {"live": "1"}, "mp4": {"movflags": "frag_keyframe+empty_moov"}}
    for form, options in live.items():
        codec = {"webm": "libopus", "mp4": "aac"}[form]
        path = encode(tmp_path / f"x.{form}", form, codec, tone(), options=options)
        assert read_audio(path).duration_seconds == pytest.approx(2.0, abs=0.1)


def test_the_estimated_duration_of_aac_is_no_length(tmp_path: Path) -> None:
    """Its quiet beginning makes FFmpeg expect ten times as much."""
    noise = np.random.default_rng(0).standard_normal((1, 10 * RATE)).astype(np.float32)
    samples = np.concatenate([np.zeros_like(noise), 0.3 * noise], axis=1)
    path = encode(tmp_path / "x.aac", "adts", "aac", samples)
    assert read_audio(path).duration_seconds == pytest.approx(20.0, abs=0.1)


def test_tags_around_aac_are_skipped(tmp_path: Path) -> None:
    path = encode(tmp_path / "x.aac", "adts", "aac", tone())
    content = path.read_bytes()
    expected = read_audio(path).samples
    tag_in_front = b"ID3\x04\x00\x00\x00\x00\x02\x00" + bytes(256)
    path.write_bytes(tag_in_front + content + b"TAG" + bytes(125))
    np.testing.assert_array_equal(read_audio(path).samples, expected)


@pytest.mark.parametrize(("codec", "rate"), [("libmp3lame", 44_100), ("g722", 16_000)])
def test_wav_with_an_unusual_encoding_is_read(tmp_path: Path, codec: str, rate: int) -> None:
    path = encode(tmp_path / "x.wav", "wav", codec, tone(rate=rate), rate=rate)
    waveform = read_audio(path)
    assert waveform.duration_seconds == pytest.approx(2.0, abs=0.1)
    assert np.abs(waveform.samples).max() == pytest.approx(0.3, abs=0.05)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert code_of(path) == "truncated"


@pytest.mark.parametrize(("channels", "rate"), [(2, RATE), (1, RATE // 2)])
def test_a_change_of_the_format_is_refused(tmp_path: Path, channels: int, rate: int) -> None:
    first = encode(tmp_path / "1.aac", "adts", "aac", tone(1.0))
    second = encode(tmp_path / "2.aac", "adts", "aac", tone(1.0, channels, rate), rate=rate)
    path = tmp_path / "x.aac"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    assert code_of(path) == "format-change"


def test_joined_recordings_of_one_format_are_read(tmp_path: Path) -> None:
    path = encode(tmp_path / "x.aac", "adts", "aac", tone(1.0))
    path.write_bytes(2 * path.read_bytes())
    assert read_audio(path).duration_seconds == pytest.approx(2.0, abs=0.1)


def test_audio_of_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    path = encode(tmp_path / "x.mkv", "matroska", "pcm_s16le", tone(0.2))
    path.write_bytes(path.read_bytes().replace(b"A_PCM/INT", b"A_UNKNOWN"))
    with pytest.raises(AudioError, match="no decoder") as caught:
        read_audio(path)
    assert caught.value.code == "unreadable"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "codec"), [("mp4", "aac"), ("adts", "aac"), ("webm", "libopus"), ("matroska", "aac")]
)
def test_hundreds_of_altered_files_end_nothing(tmp_path: Path, form: str, codec: str) -> None:
    path = encode(tmp_path / "x", form, codec, tone(0.5, channels=2))
    intact = np.frombuffer(path.read_bytes(), np.uint8)
    generator = np.random.default_rng(0)
    codes = Counter[str]()
    for _ in range(300):
        altered = intact.copy()
        positions = generator.integers(len(intact), size=generator.integers(1, 8))
        altered[positions] = generator.integers(256, size=len(positions))
        path.write_bytes(altered.tobytes())
        try:
            read_audio(path, maximum_seconds=60.0)
            codes["read"] += 1
        except AudioError as error:
            codes[error.code] += 1
    assert sum(codes.values()) == 300
    assert codes["read"] > 0 and codes["truncated"] + codes["unreadable"] > 0


def test_a_video_without_audio_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=5, width=32, height=32, pix_fmt="yuv420p")
        picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        for frame in (picture, None):
            container.mux(stream.encode(frame))
    with pytest.raises(AudioError, match="it has no audio track") as caught:
        read_audio(path)
    assert caught.value.code == "unreadable"


def test_without_pyav_the_install_line_is_named(tmp_path: Path) -> None:
    path = encode(tmp_path / "x.m4a", "mp4", "aac", tone(0.2))
    code = (
        "import sys; sys.modules['av'] = None\n"
        "from pathlib import Path\n"
        "from emotion_classifier.audio.io import read_audio\n"
        "from emotion_classifier.errors import AudioError\n"
        "try:\n    read_audio(Path(sys.argv[1]))\n"
        "except AudioError as error:\n    print(error.code, error.reason)\n"
    )
    command = [sys.executable, "-c", code, str(path)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert output.startswith("unreadable this is an MP4 or M4A file")
    assert install_command("audio") in output
