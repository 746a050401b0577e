"""The processes that decode containers: their life, their limits and their end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.audio.ffmpeg_files import encode, tone

from emotion_classifier.audio import containers, decoder_process
from emotion_classifier.audio.decoder_process import DecoderPool
from emotion_classifier.audio.decoding_errors import UndecodableError
from emotion_classifier.audio.io import open_audio, read_audio
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import AudioError

av: Any = pytest.importorskip("av", reason="needs PyAV: pip install 'emotion_classifier[audio]'")

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs signals and /proc")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of AAC."""
    return encode(tmp_path_factory.mktemp("clips") / "x.m4a", "mp4", "aac", tone(1.0))


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[DecoderPool]:
    """A pool of its own for `open_container`."""
    pool = DecoderPool()
    monkeypatch.setattr(containers, "DECODER_POOL", pool)
    yield pool
    pool.end()


def use_worker(monkeypatch: pytest.MonkeyPatch, path: Path, code: str) -> None:
    """Replace the worker by a script."""
    path.write_text(code)
    monkeypatch.setattr(decoder_process, "_WORKER", path)


def pids(pool: DecoderPool) -> list[int]:
    return [process._process.pid for process in (*pool._free, *pool._busy)]


def test_one_process_decodes_all_files(pool: DecoderPool, clip: Path, tmp_path: Path) -> None:
    expected = read_audio(clip).samples
    (pid,) = pids(pool)
    damaged = tmp_path / "x.m4a"
    damaged.write_bytes(clip.read_bytes()[:2000])
    with pytest.raises(AudioError):
        read_audio(damaged)
    np.testing.assert_array_equal(read_audio(clip).samples, expected)
    assert pids(pool) == [pid]


def test_threads_have_processes_of_their_own(pool: DecoderPool, clip: Path) -> None:
    expected = read_audio(clip).samples
    found: list[Samples] = []

    def read() -> None:
        found.extend(read_audio(clip).samples for _ in range(3))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 9
    for samples in found:
        np.testing.assert_array_equal(samples, expected)
    assert 1 <= len(pids(pool)) <= 3


def test_a_file_that_is_left_early_ends_its_process(pool: DecoderPool, clip: Path) -> None:
    with open_audio(clip):
        (pid,) = pids(pool)
    assert pids(pool) == []
    read_audio(clip)
    assert pids(pool) != [pid]


@posix_only
def test_a_process_that_has_ended_is_replaced(pool: DecoderPool, clip: Path) -> None:
    read_audio(clip)
    (process,) = pool._free
    process._process.kill()
    process._process.wait()
    assert read_audio(clip).samples.size
    assert len(pids(pool)) == 1


@posix_only
def test_a_crash_is_an_error_of_its_file(
    pool: DecoderPool, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash = "import os, signal, sys\nsys.stdin.read(1)\nos.kill(os.getpid(), signal.SIGSEGV)"
    with monkeypatch.context() as patch:
        use_worker(patch, tmp_path / "worker.py", crash)
        with pytest.raises(AudioError, match="SIGSEGV") as caught:
            read_audio(clip)
    assert (caught.value.path, caught.value.code) == (clip, "unreadable")
    assert read_audio(clip).samples.size


def test_a_hanging_file_is_an_error_after_the_time_limit(
    pool: DecoderPool, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_worker(monkeypatch, tmp_path / "worker.py", "import time\ntime.sleep(60)")
    monkeypatch.setattr(decoder_process, "TIME_LIMIT_SECONDS", 0.1)
    with pytest.raises(AudioError, match=r"longer than 0\.1 s") as caught:
        read_audio(clip)
    assert caught.value.code == "unreadable"
    assert pids(pool) == []


def test_file_descriptors_are_closed(pool: DecoderPool, clip: Path) -> None:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("needs /proc")
    before = len(list(folder.iterdir()))
    for _ in range(3):
        with open_audio(clip):
            pass
    assert len(list(folder.iterdir())) == before


@posix_only
def test_a_forked_process_starts_its_own(clip: Path) -> None:
    expected = read_audio(clip).samples
    mine = {*decoder_process.DECODER_POOL._free}
    with open_audio(clip) as stream:  # its process is busy during the fork

        def read() -> None:
            assert not decoder_process.DECODER_POOL._free
            np.testing.assert_array_equal(read_audio(clip).samples, expected)
            decoder_process.DECODER_POOL.end()

        child = multiprocessing.get_context("fork").Process(target=read)
        child.start()
        child.join(30)
        assert child.exitcode == 0
        np.testing.assert_array_equal(np.concatenate(list(stream.blocks), axis=1), expected)
    assert {*decoder_process.DECODER_POOL._free} == mine


def is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_it_ends_with_its_parent_without_a_word(clip: Path, number: signal.Signals) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\n"
        "from emotion_classifier.audio.decoder_process import DECODER_POOL\n"
        "from emotion_classifier.audio.io import open_audio\n"
        "try:\n    with open_audio(Path(sys.argv[1])):\n"
        "        (process,) = DECODER_POOL._busy\n"
        "        print(process._process.pid, flush=True)\n        time.sleep(60)\n"
        "except KeyboardInterrupt:\n    pass\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(clip)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        os.killpg(process.pid, number)
        assert process.communicate(timeout=30) == ("", "")
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(pid)


def test_a_worker_that_cannot_start_is_an_error(
    pool: DecoderPool, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/missing/python")
    with pytest.raises(AudioError) as caught:
        read_audio(clip)
    assert caught.value.code == "unreadable"


def test_requests_after_the_end_are_errors(pool: DecoderPool, clip: Path) -> None:
    with pool.process() as process:
        process.end()
        with pytest.raises(UndecodableError):
            process.open(clip)
