"""A decoding process: crashes, limits, and its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emotion_classifier.audio.containers import process
from emotion_classifier.audio.containers.pool import DecoderPool
from emotion_classifier.audio.decoding_errors import UndecodableError
from emotion_classifier.audio.io import open_audio, read_audio
from emotion_classifier.errors import AudioError

pytest.importorskip("av", reason="needs PyAV: pip install 'emotion_classifier[audio]'")

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs signals and /proc")


def use_worker(monkeypatch: pytest.MonkeyPatch, path: Path, code: str) -> None:
    """Replace the worker by a script."""
    path.write_text(code)
    monkeypatch.setattr(process, "_WORKER", path)


@posix_only
def test_a_crash_is_an_error_of_its_file(
    pool: DecoderPool, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash = "import os, signal, sys\nsys.stdin.read(1)\nos.kill(os.getpid(), signal.SIGSEGV)"
    with monkeypatch.context() as patch:
        use_worker(patch, tmp_path / "worker.py", crash)
        with pytest.raises(AudioError, match="process ended: Segmentation fault") as caught:
            read_audio(clip)
    assert (caught.value.path, caught.value.code) == (clip, "unreadable")
    assert read_audio(clip).samples.size


def test_a_hanging_file_is_an_error_after_the_time_limit(
    pool: DecoderPool, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_worker(monkeypatch, tmp_path / "worker.py", "import time\ntime.sleep(60)")
    monkeypatch.setattr(process, "TIME_LIMIT_SECONDS", 0.1)
    with pytest.raises(AudioError, match=r"longer than 0\.1 s") as caught:
        read_audio(clip)
    assert caught.value.code == "unreadable"
    assert not pool._free and not pool._busy


def test_one_thread_watches_all_requests_and_ends_with_the_process(clip: Path) -> None:
    decoder = process.DecoderProcess()
    watches = []
    for _ in range(3):
        _, channels = decoder.open(clip)
        assert list(decoder.blocks(channels))
        watches.append(decoder._watch)
    (watch,) = set(watches)
    assert watch is not None
    assert watch.is_alive()
    decoder.end()
    watch.join(5)
    assert not watch.is_alive()


def test_file_descriptors_are_closed(pool: DecoderPool, clip: Path) -> None:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("needs /proc")
    before = len(list(folder.iterdir()))
    for _ in range(3):
        with open_audio(clip):
            pass
    assert len(list(folder.iterdir())) == before


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
        "from emotion_classifier.audio.containers.pool import DECODER_POOL\n"
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
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.killpg(parent.pid, number)
        assert parent.communicate(timeout=30) == ("", "")
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
    with pool.process() as ended:
        ended.end()
        with pytest.raises(UndecodableError):
            ended.open(clip)
