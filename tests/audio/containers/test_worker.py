"""The decoding of containers, in this process."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.audio.containers.ffmpeg_files import encode, tone

from emotion_classifier.audio.containers import worker
from emotion_classifier.audio.containers.worker import (
    BLOCK_SAMPLES,
    FormatChangeError,
    Response,
    decode,
    interleaved,
    next_response,
)

av: Any = pytest.importorskip("av", reason="needs PyAV: pip install 'emotion_classifier[audio]'")


def frame(form: str, layout: str, rate: int, samples: int = 1024) -> Any:
    made = av.AudioFrame(form, layout, samples)
    made.sample_rate = rate
    return made


def single_sample_packets(path: Path, count: int) -> Path:
    """A Matroska file with a packet for each sample."""
    with av.open(str(path), "w", format="matroska") as container:
        container.add_stream("pcm_u8", rate=8000, layout="mono")
        for position in range(count):
            packet = av.Packet(b"\x80")
            packet.stream, packet.pts, packet.dts = container.streams[0], position, position
            container.mux_one(packet)
    return path


def test_blocks_have_a_fixed_size_but_for_the_last(tmp_path: Path) -> None:
    samples = tone(6.0, channels=2)
    path = encode(tmp_path / "x.mkv", "matroska", "pcm_s16le", samples)
    form, *blocks = decode(b"P" + os.fsencode(path))
    assert form == Response(b"F", (48_000).to_bytes(4, "little") + (2).to_bytes(4, "little"))
    assert [block.kind for block in blocks] == [b"B", b"L"]
    assert len(blocks[0].content) == BLOCK_SAMPLES * 2 * 4
    found = np.frombuffer(b"".join(block.content for block in blocks), "<f4").reshape(-1, 2)
    np.testing.assert_allclose(found.T, samples, atol=2 / 32768)


def test_time_grows_with_the_number_of_packets(tmp_path: Path) -> None:
    def seconds(count: int) -> float:
        path = single_sample_packets(tmp_path / f"{count}.mkv", count)
        start = time.process_time()
        list(decode(b"P" + os.fsencode(path)))
        return time.process_time() - start

    assert seconds(8000) < 10 * seconds(2000)


@pytest.mark.parametrize("layout", ["stereo", "7.1"])
def test_other_channels_in_a_later_frame_are_refused(layout: str) -> None:
    frames = iter([frame("fltp", "mono", 44_100), frame("fltp", layout, 44_100)])
    with pytest.raises(FormatChangeError, match=r"1 channel at 44100 Hz to .* after 0\.02 s"):
        list(interleaved(frames))


def test_another_rate_in_a_later_frame_is_refused() -> None:
    frames = iter([frame("fltp", "mono", 44_100), frame("fltp", "mono", 22_050)])
    with pytest.raises(FormatChangeError, match="44100 Hz to 1 channel at 22050 Hz"):
        list(interleaved(frames))


def test_frames_of_another_type_are_converted() -> None:
    types = ["fltp", "s16", "s16p", "flt", "dbl", "u8", "fltp"]
    pieces = list(interleaved(frame(form, "stereo", 16_000) for form in types))
    assert [len(piece) for piece in pieces] == [1024 * 2 * 4] * len(types)


def test_a_frame_without_samples_is_skipped() -> None:
    frames = iter([frame("flt", "mono", 16_000, 0), frame("flt", "mono", 16_000, 10)])
    assert sum(map(len, interleaved(frames))) == 40


def test_too_much_memory_is_an_error_with_the_limit() -> None:
    def failing() -> Iterator[Response]:
        raise MemoryError
        yield

    assert next_response(failing()) == Response(b"X", b"it needs more than 1024 MiB of memory")


def test_requests_after_an_error_get_responses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "limit_processor_time", lambda: None)
    path = os.fsencode(encode(tmp_path / "x.m4a", "mp4", "aac", tone(0.1)))
    names = [b"P/missing", b"P" + path, b"", b"M" + Path(os.fsdecode(path)).read_bytes(), b""]
    requests = b"".join(len(name).to_bytes(4, "little") + name for name in names)
    responses = io.BytesIO()
    worker.main(io.BytesIO(requests), responses)
    content = responses.getvalue()
    kinds = []
    while content:
        kinds.append(content[:1])
        content = content[5 + int.from_bytes(content[1:5], "little") :]
    assert kinds == [b"X", *[b"F", b"L"] * 2]


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory is that of Linux")
def test_memory_and_processor_time_are_limited() -> None:
    code = (
        "from emotion_classifier.audio.containers import worker\nimport resource\n"
        "worker.limit_memory(); worker.limit_processor_time()\n"
        "print(resource.getrlimit(resource.RLIMIT_CPU)[0])\nbytearray(2 << 30)\n"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert 60 < int(result.stdout) < 70
    assert "MemoryError" in result.stderr
