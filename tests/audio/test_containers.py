"""Sound in films and phone recordings, encoded here by FFmpeg."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_classifier.audio.containers import CONTAINER_CONTENTS
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
]


def tone(seconds: float = 2.0, channels: int = 1) -> Samples:
    """A tone that gets louder, (channel, sample): its place and its level can be judged."""
    time = np.arange(round(seconds * RATE)) / RATE
    wave = 0.3 * np.sin(2 * np.pi * 440 * time) * np.minimum(time, 1.0)
    return np.tile(wave.astype(np.float32), (channels, 1))


def envelope(samples: Samples) -> Samples:
    """RMS level of each 50 ms of the first channel."""
    frames = samples[0, : samples.shape[1] // 2400 * 2400].reshape(-1, 2400)
    levels: Samples = np.sqrt(np.square(frames).mean(1))
    return levels


def encode(path: Path, form: str, codec: str, samples: Samples) -> Path:
    """Write `samples` (channel, sample) with FFmpeg."""
    layout = {1: "mono", 2: "stereo"}[len(samples)]
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=RATE, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", layout)
        frame.sample_rate = RATE
        for piece in (frame, None):
            container.mux(stream.encode(piece))
    return path


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


def test_samples_are_counted_while_they_are_decoded(tmp_path: Path) -> None:
    """A small file of an hour of silence is refused after the limit and not after the hour."""
    path = encode(tmp_path / "x.webm", "webm", "libopus", np.zeros((1, 600 * RATE), np.float32))
    assert path.stat().st_size < 400_000
    tracemalloc.start()
    try:
        with open_audio(path, maximum_seconds=60.0) as stream, pytest.raises(AudioError) as caught:
            for _ in stream.blocks:
                pass
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()
    assert caught.value.code == "too-long"
    assert "60 s" in caught.value.reason


@pytest.mark.parametrize(("suffix", "form", "codec"), [FORMATS[2], FORMATS[3], FORMATS[4]])
def test_a_truncated_container_is_an_error(
    tmp_path: Path, suffix: str, form: str, codec: str
) -> None:
    path = encode(tmp_path / f"x.{suffix}", form, codec, tone(4.0))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(AudioError) as caught:
        read_audio(path)
    assert caught.value.code in {"truncated", "unreadable"}


def test_a_video_without_audio_is_an_error(tmp_path: Path) -> None:
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
