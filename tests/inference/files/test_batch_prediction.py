"""Predictions for files: short and long, many at a time, cancelled half-way."""

from __future__ import annotations

import resource
import threading
import time
import tracemalloc
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_classifier.audio.folders import find_audio
from emotion_classifier.audio.io import read_audio, write_wav
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.files.batch_prediction import (
    _Batches,
    predict_batch,
    predict_files,
)
from emotion_classifier.inference.files.config import InferenceConfig
from emotion_classifier.inference.files.result import FilePrediction
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig

RATE = 16_000
DEAF = InferenceConfig(stream=StreamConfig(onset=None))


def offset(value: float, seconds: float) -> Samples:
    """A tone (sample,) whose mean is `value`, the only feature of the untrained model."""
    time = np.arange(round(seconds * RATE)) / RATE
    return (value + 0.1 * np.sin(2 * np.pi * 100 * time)).astype(np.float32)


def write(path: Path, *parts: Samples) -> Path:
    write_wav(path, np.concatenate(parts), RATE)
    return path


def row_of(predictor: Predictor, path: Path) -> FilePrediction:
    (row,) = predict_batch(predictor, [path])
    return row


@pytest.fixture(scope="module")
def predictor(untrained_model: Path) -> Predictor:
    """Takes everything for speech, because tones are none."""
    return DEAF.build(untrained_model, threads=1)


@pytest.fixture(scope="module")
def listening(untrained_model: Path) -> Predictor:
    return InferenceConfig().build(untrained_model, threads=1)


@pytest.mark.parametrize("seconds", [1.0, 4.9, 23.0])
def test_a_row_has_the_prediction_of_the_predictor(
    predictor: Predictor, tmp_path: Path, seconds: float
) -> None:
    path = write(tmp_path / "x.wav", offset(0.3, seconds))
    row, expected = row_of(predictor, path), predictor.predict(path)
    assert (row.file, row.answer, row.duration_seconds) == (str(path), "sad", seconds)
    assert row.probabilities == pytest.approx(expected.as_dict(), abs=1e-6)
    assert row.speech_share is None


@pytest.mark.parametrize("seconds", [2.0, 12.0])
def test_without_speech_the_answer_is_no_speech(
    listening: Predictor, tmp_path: Path, seconds: float
) -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.01, round(seconds * RATE)).astype(np.float32)
    row = row_of(listening, write(tmp_path / "x.wav", noise))
    assert (row.answer, row.failed) == ("no speech", False)
    assert (row.emotion, row.confidence, row.probabilities) == (None, None, None)
    assert row.speech_share is not None and row.speech_share < 0.1


def test_speech_is_found_in_short_and_long_files(
    listening: Predictor, tmp_path: Path, shared_data: Path
) -> None:
    spoken = read_audio(find_audio(shared_data / "ravdess")[0])
    voice = resample(spoken.mono(), spoken.sample_rate, RATE)
    short = row_of(listening, write(tmp_path / "short.wav", voice))
    pause = np.random.default_rng(0).normal(0.0, 1e-4, 57 * RATE).astype(np.float32)
    long = row_of(listening, write(tmp_path / "long.wav", voice, pause))
    for row in (short, long):
        assert row.answer in ("neutral", "sad")
        assert row.speech_share is not None
    # A minute with a second of speech has a tone, although the share of speech is small.
    assert long.speech_share < 0.1 < short.speech_share  # type: ignore[operator]


@pytest.mark.parametrize("seconds", [1.0, 12.0])
def test_silence_is_refused_however_long(
    listening: Predictor, tmp_path: Path, seconds: float
) -> None:
    row = row_of(listening, write(tmp_path / "x.wav", np.zeros(round(seconds * RATE), np.float32)))
    assert (row.code, row.failed) == ("silent", True)


def test_the_threshold_of_the_settings_counts(untrained_model: Path, tmp_path: Path) -> None:
    for seconds in (2.0, 8.0):
        path = write(tmp_path / f"{seconds}.wav", offset(0.3, seconds))
        for threshold, answer in ((0.5, "sad"), (0.9, "uncertain")):
            stream = StreamConfig(onset=None, uncertain_below=threshold)
            row = row_of(InferenceConfig(stream=stream).build(untrained_model, threads=1), path)
            assert (row.answer, row.emotion) == (answer, "sad")


def test_a_file_beyond_the_limit_is_refused(untrained_model: Path, tmp_path: Path) -> None:
    config = DEAF.model_copy(update={"maximum_seconds": 7.0})
    row = row_of(config.build(untrained_model), write(tmp_path / "x.wav", offset(0.1, 8.0)))
    assert row.code == "too-long"
    assert "7 s" in str(row.error)


def test_a_failed_file_is_a_row_in_its_turn(predictor: Predictor, tmp_path: Path) -> None:
    good = write(tmp_path / "x.wav", offset(0.3, 1.0))
    (tmp_path / "empty.wav").touch()
    nothing = AudioError(tmp_path / "folder", "no-audio", "the folder holds no recordings")
    named: list[Path | AudioError] = [
        good,
        tmp_path / "empty.wav",
        nothing,
        tmp_path / "gone.wav",
        good,
    ]
    rows = list(predict_files(predictor, named, workers=2))
    assert [row.code for row in rows] == [None, "empty-file", "no-audio", "missing", None]
    assert rows[2].file == str(tmp_path / "folder")
    assert rows[0] == rows[4]


def test_rows_do_not_depend_on_the_other_files(predictor: Predictor, tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{n}.wav", offset(n / 40 - 0.5, 0.6 + n / 20)) for n in range(40)]
    together = list(predict_files(predictor, map(str, paths), workers=3))
    assert together == [row_of(predictor, path) for path in paths]
    assert [row.file for row in together] == [str(path) for path in paths]


def test_paths_are_taken_while_files_are_predicted(predictor: Predictor, tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", offset(0.3, 0.6))
    drawn = 0

    def endless() -> Iterator[Path]:
        nonlocal drawn
        while True:
            drawn += 1
            yield path

    rows = predict_files(predictor, endless(), workers=2)
    for _ in range(2000):
        next(rows)
    assert drawn < 2000 + 64 * 16 + 100
    rows.close()


def test_batches_are_as_large_as_the_model_is_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    batches = _Batches(Path(str(number)) for number in range(20))
    lists = iter(batches)
    assert len(next(lists)) == 1
    with batches.timed(1):
        now += 0.02
    assert len(next(lists)) == 2
    with batches.timed(2):
        now += 0.001
    assert len(next(lists)) == 16
    with batches.timed(2):
        now += 0.2
    assert [str(path) for path in next(lists)] == ["19"]
    assert next(lists, None) is None


def test_an_abandoned_file_is_processed_no_further(predictor: Predictor, tmp_path: Path) -> None:
    """Half an hour takes seconds; Ctrl-C must not wait for it."""
    short = write(tmp_path / "short.wav", offset(0.3, 0.6))
    long = write(tmp_path / "long.wav", *[offset(0.3, 60.0)] * 30)
    rows = predict_files(predictor, [short, long], workers=2)
    next(rows)
    began = time.monotonic()
    rows.close()
    assert time.monotonic() - began < 1.0
    assert threading.active_count() < 20


def test_a_small_file_that_decodes_to_hours_is_refused_at_the_limit(
    untrained_model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "x.flac"
    soundfile.write(path, np.zeros(3600 * 8000, np.int16), 8000)
    assert path.stat().st_size < 200_000
    predictor = DEAF.model_copy(update={"maximum_seconds": 60.0}).build(untrained_model)
    tracemalloc.start()
    try:
        assert row_of(predictor, path).code == "too-long"
        assert tracemalloc.get_traced_memory()[1] < 10e6
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux to see its memory")
def test_memory_stays_flat_over_many_files(listening: Predictor, tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", offset(0.3, 0.6))
    rows = predict_files(listening, repeat(path, 6_000), workers=2)
    resident = [_resident_bytes() for row in rows if not row.failed]
    assert len(resident) == 6_000
    early, late = (np.median(part) for part in (resident[2_000:3_000], resident[5_000:]))
    assert late - early < 6e6  # less than 2 KB a file; a clip has 38 KB in float32


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
