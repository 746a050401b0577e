"""The decoding processes are kept, replaced and ended."""

from __future__ import annotations

import multiprocessing
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.containers.pool import DECODER_POOL, DecoderPool
from emotion_classifier.audio.io import open_audio, read_audio
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import AudioError

pytest.importorskip("av", reason="needs PyAV: pip install 'emotion_classifier[audio]'")


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


def test_a_process_that_has_ended_is_replaced(pool: DecoderPool, clip: Path) -> None:
    read_audio(clip)
    (ended,) = pool._free
    ended._process.kill()
    ended._process.wait()
    assert read_audio(clip).samples.size
    assert len(pids(pool)) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_starts_its_own(clip: Path) -> None:
    expected = read_audio(clip).samples
    mine = {*DECODER_POOL._free}
    with open_audio(clip) as stream:  # its process is busy during the fork

        def read() -> None:
            assert not DECODER_POOL._free
            np.testing.assert_array_equal(read_audio(clip).samples, expected)
            DECODER_POOL.end()

        child = multiprocessing.get_context("fork").Process(target=read)
        child.start()
        child.join(30)
        assert child.exitcode == 0
        np.testing.assert_array_equal(np.concatenate(list(stream.blocks), axis=1), expected)
    assert {*DECODER_POOL._free} == mine
