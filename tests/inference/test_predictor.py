from __future__ import annotations

import asyncio
import io
import multiprocessing
import os
import subprocess
import sys
import threading
import tracemalloc
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from emotion_classifier.audio.io import AudioStream, write_wav
from emotion_classifier.audio.waveform import Waveform
from emotion_classifier.emotions import Prediction
from emotion_classifier.errors import AudioError, ModelFolderError
from emotion_classifier.inference.emotion_model import EmotionModel, softmax
from emotion_classifier.inference.files.batch_prediction import predict_files
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.inference.timeline.analyse import analyse

RATE = 16_000


def offset(value: float, seconds: float = 1.0, rate: int = RATE) -> Waveform:
    """A tone whose mean is `value`, the only feature of the untrained model."""
    time = np.arange(round(seconds * rate)) / rate
    samples = value + 0.1 * np.sin(2 * np.pi * 100 * time)
    return Waveform(samples[None].astype(np.float32), rate)


@pytest.fixture(scope="module")
def predictor(untrained_model: Path) -> Predictor:
    return Predictor.load(untrained_model, StreamConfig(onset=None), threads=1)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "tone.wav"
    write_wav(path, offset(0.3).samples[0], RATE)
    return path


def test_predicts_probabilities_and_duration(predictor: Predictor) -> None:
    # logits (mean, 1 - mean)
    answer = predictor.predict(offset(0.3, seconds=1.25))
    np.testing.assert_allclose(
        answer.probabilities, softmax(np.array([0.3, 0.7], np.float32)), atol=1e-4
    )
    assert (answer.emotion, answer.labels.names) == ("sad", ("neutral", "sad"))
    assert answer.duration_seconds == 1.25
    assert predictor.predict(offset(0.8)).emotion == "neutral"


def test_a_file_is_predicted_as_its_waveform(predictor: Predictor, recording: Path) -> None:
    answers = [predictor.predict(audio) for audio in (recording, str(recording), offset(0.3))]
    for answer in answers[1:]:
        np.testing.assert_allclose(answer.probabilities, answers[0].probabilities, atol=1e-4)


def test_other_rates_and_channels_are_predicted_alike(predictor: Predictor) -> None:
    expected = predictor.predict(offset(0.3)).probabilities
    for rate in (8000, 22_050, 48_000):
        mono = offset(0.3, rate=rate).samples
        answer = predictor.predict(Waveform(np.concatenate([mono, mono]), rate))
        np.testing.assert_allclose(answer.probabilities, expected, atol=1e-3)


def test_many_recordings_are_predicted_in_order(predictor: Predictor) -> None:
    means = np.linspace(-0.5, 0.5, 40)
    answers = list(predictor.predict_many(offset(mean) for mean in means))
    for mean, answer in zip(means, answers, strict=True):
        assert isinstance(answer, Prediction)
        alone = predictor.predict(offset(mean))
        np.testing.assert_allclose(answer.probabilities, alone.probabilities, atol=1e-5)


def test_recordings_are_read_when_predictions_are_requested(predictor: Predictor) -> None:
    drawn = 0

    def recordings() -> object:
        nonlocal drawn
        while True:
            drawn += 1
            yield offset(0.1)

    answers = predictor.predict_many(recordings())  # type: ignore[arg-type]
    assert drawn == 0
    next(answers)
    assert drawn < 50


def test_unusable_audio_yields_its_error(
    predictor: Predictor, recording: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.wav").write_bytes(b"")
    wanted = [recording, tmp_path / "empty.wav", tmp_path / "nowhere.wav", recording]
    answers = list(predictor.predict_many([*wanted, offset(0.2, seconds=0.1)]))
    assert [isinstance(answer, Prediction) for answer in answers] == [
        True,
        False,
        False,
        True,
        False,
    ]
    errors = [answer for answer in answers if isinstance(answer, AudioError)]
    assert [error.code for error in errors] == ["empty-file", "missing", "too-short"]
    assert [error.path for error in errors] == [wanted[1], wanted[2], None]
    with pytest.raises(AudioError, match="empty"):
        predictor.predict(wanted[1])


def test_values_that_are_no_recordings_are_errors(predictor: Predictor, recording: Path) -> None:
    wanted: list[Any] = [None, 3, recording]
    found = [getattr(one, "code", "") for one in predictor.predict_many(wanted)]
    assert found == ["unreadable", "unreadable", ""]


@pytest.mark.parametrize("kind", [str, Path, lambda path: Path(path).read_bytes()])
def test_a_single_recording_is_not_taken_for_several(
    predictor: Predictor, recording: Path, kind: Callable[[str], Any]
) -> None:
    single = kind(str(recording))
    with pytest.raises(TypeError, match="single recording"):
        next(predictor.predict_many(single))
    with pytest.raises(TypeError, match="single recording"):
        next(predict_files(predictor, single))


def test_settings_of_another_type_are_refused(untrained_model: Path) -> None:
    with pytest.raises(TypeError, match="StreamConfig"):
        Predictor.load(untrained_model, {"hop_seconds": 1.0})  # type: ignore[arg-type]


def test_no_recordings_give_no_predictions(predictor: Predictor) -> None:
    assert list(predictor.predict_many([])) == []


def test_a_recording_longer_than_a_crop_is_covered_by_crops(predictor: Predictor) -> None:
    parts = [offset(mean, 1.0) for mean in (0.9, 0.1, 0.1, 0.1, 0.9)]
    recording = Waveform(np.concatenate([part.samples for part in parts], 1), RATE)
    prediction = predictor.predict(recording)
    # The model has crops of 3 s, so two of them cover 5 s: each has the mean (0.9 + 0.1 + 0.1) / 3.
    expected = predictor.predict(offset(1.1 / 3, 3.0))
    np.testing.assert_allclose(prediction.probabilities, expected.probabilities, atol=1e-3)
    assert prediction.duration_seconds == 5.0


def test_a_recording_longer_than_a_window_has_the_mean_of_its_windows(predictor: Predictor) -> None:
    first, second = offset(0.9, 5.0), offset(-0.9, 5.0)
    both = Waveform(np.concatenate([first.samples, second.samples], 1), RATE)
    step = Predictor(predictor.model, StreamConfig(onset=None, hop_seconds=5.0))
    alone = [step.predict(one).probabilities for one in (first, second)]
    np.testing.assert_allclose(step.predict(both).probabilities, np.mean(alone, 0), atol=1e-6)


def test_a_long_waveform_is_processed_block_by_block(predictor: Predictor) -> None:
    recording = offset(0.3, 300.0)
    tracemalloc.start()
    try:
        assert predictor.predict(recording).emotion == "sad"
        assert tracemalloc.get_traced_memory()[1] < 30e6
    finally:
        tracemalloc.stop()


def test_an_array_has_the_prediction_of_its_waveform(predictor: Predictor) -> None:
    samples = offset(0.3, 1.5, 22_050).samples
    expected = predictor.predict(Waveform(samples, 22_050)).probabilities
    integers = np.round(samples[0] * 32767).astype(np.int16)
    for array in (samples, samples[0], np.concatenate([samples, samples]), integers):
        found = predictor.predict(array, 22_050).probabilities
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_sample_rate_belongs_to_an_array(predictor: Predictor) -> None:
    with pytest.raises(AudioError, match="an array has no sample rate of its own"):
        predictor.predict(np.zeros(RATE))
    for recording in ("x.wav", offset(0.3)):
        with pytest.raises(AudioError, match="leave out sample_rate"):
            predictor.predict(recording, RATE)


@pytest.fixture(scope="module")
def listener(speaker_model: Path) -> Predictor:
    """Predicts from the mean of a recording relative to that of its speaker."""
    return Predictor.load(speaker_model, StreamConfig(onset=None), threads=1)


def probabilities(answers: Iterable[Prediction | AudioError]) -> npt.NDArray[np.float32]:
    """(recording, emotion), none of which failed."""
    return np.stack([one.probabilities for one in answers if isinstance(one, Prediction)])


def test_a_recording_is_standardised_with_all_of_its_speaker(listener: Predictor) -> None:
    rng = np.random.default_rng(0)
    means, seconds = rng.uniform(-0.3, 0.3, 40), rng.uniform(0.6, 1.4, 40)
    speakers = rng.choice(["ann", "bob", "cyd"], 40)
    recordings = [offset(m, s) for m, s in zip(means, seconds, strict=True)]
    found = probabilities(listener.predict_many(iter(recordings), iter(speakers)))
    for speaker in np.unique(speakers):
        own = [r.samples[0] for r, s in zip(recordings, speakers, strict=True) if s == speaker]
        frames = np.concatenate(own).astype(np.float64)
        logits = np.array([(one.mean() - frames.mean()) / frames.std() for one in own], np.float32)
        expected = softmax(np.stack([logits, -logits], 1))
        np.testing.assert_allclose(found[speakers == speaker], expected, atol=1e-4)


def test_a_recording_without_a_speaker_is_a_speaker_of_its_own(listener: Predictor) -> None:
    recordings = [offset(0.3), offset(-0.2, seconds=0.7)]
    for answers in (listener.predict_many(recordings), listener.predict_many(recordings, "ab")):
        np.testing.assert_allclose(probabilities(answers), 0.5, atol=1e-4)
    together = probabilities(listener.predict_many(recordings, "aa"))
    assert together[0, 0] > 0.6 and together[1, 0] < 0.4
    assert listener.predict(offset(0.3)).probabilities[0] == pytest.approx(0.5, abs=1e-4)


def test_unusable_audio_does_not_count_for_its_speaker(
    listener: Predictor, recording: Path, tmp_path: Path
) -> None:
    short, missing = offset(0.9, seconds=0.1), tmp_path / "nowhere.wav"
    wanted: list[Path | Waveform] = [missing, recording, short, offset(-0.2)]
    answers = list(listener.predict_many(wanted, ["b", "a", "a", "a"]))
    assert [isinstance(one, Prediction) for one in answers] == [False, True, False, True]
    alone = listener.predict_many([recording, offset(-0.2)], "aa")
    np.testing.assert_array_equal(probabilities(answers), probabilities(alone))
    assert all(isinstance(one, AudioError) for one in listener.predict_many([missing], "b"))
    assert list(listener.predict_many([], [])) == []


def test_each_recording_needs_its_speaker(listener: Predictor) -> None:
    with pytest.raises(ValueError, match="shorter"):
        list(listener.predict_many([offset(0.1), offset(0.2)], ["a"]))


def test_speakers_change_nothing_for_other_models(predictor: Predictor) -> None:
    recordings = [offset(0.3), offset(-0.2)]
    np.testing.assert_array_equal(
        probabilities(predictor.predict_many(recordings, "aa")),
        probabilities(predictor.predict_many(recordings)),
    )
    # Nor are recordings collected before the first answer.
    assert isinstance(next(predictor.predict_many(repeat(recordings[0]), repeat("a"))), Prediction)


def test_the_temperature_flattens_the_probabilities(untrained_model: Path) -> None:
    plain = Predictor.load(untrained_model, StreamConfig(onset=None), threads=1)
    specification = plain.specification.model_copy(update={"temperature": 4.0})
    flat = Predictor(EmotionModel(plain.model.runtime, specification), plain.config)
    clip = offset(-0.5)
    sharp, flattened = (np.log(one.predict(clip).probabilities) for one in (plain, flat))
    np.testing.assert_allclose(np.diff(flattened), np.diff(sharp) / 4.0, atol=1e-5)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match=r"holds no model\.yaml"):
        Predictor.load(tmp_path)


def test_softmax_of_large_logits_is_finite() -> None:
    found = softmax(np.array([[1000.0, 0.0], [-1000.0, -1000.0]], np.float32))
    np.testing.assert_allclose(found, [[1.0, 0.0], [0.5, 0.5]])


def test_needs_no_torch(untrained_model: Path, recording: Path) -> None:
    program = f"""
import sys
import threading
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.inference.timeline.analyse import analyse
predictor = Predictor.load({str(untrained_model)!r}, StreamConfig(onset=None))
print(predictor.predict({str(recording)!r}).emotion, predictor.specification.name)
heavy = {{"torch", "lightning", "transformers", "matplotlib", "pyarrow", "onnx"}} & set(sys.modules)
assert not heavy, heavy
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout.split()) == (0, ["sad", "untrained"]), ended.stderr


def test_content_and_file_objects_are_predicted_as_the_file(
    predictor: Predictor, recording: Path
) -> None:
    expected = predictor.predict(recording).probabilities
    content = recording.read_bytes()
    with recording.open("rb") as file:
        for one in (content, bytearray(content), memoryview(content), io.BytesIO(content), file):
            np.testing.assert_array_equal(predictor.predict(one).probabilities, expected)
    np.testing.assert_array_equal(
        analyse(predictor, content).windows[0].prediction.probabilities, expected
    )


CLOSED = io.BytesIO(b"RIFF")
CLOSED.close()


@pytest.mark.parametrize(
    ("recording", "rate", "code"),
    [
        (b"", None, "empty-file"),
        (io.BytesIO(), None, "empty-file"),
        (io.StringIO("text"), None, "unreadable"),
        (CLOSED, None, "unreadable"),
        (b"\x00\x01", RATE, "dtype"),
        (io.BytesIO(b"RIFF"), RATE, "sample-rate"),
        ([0.0, 0.1], None, "sample-rate"),
    ],
)
def test_errors_of_audio_in_memory(
    predictor: Predictor, recording: object, rate: int | None, code: str
) -> None:
    with pytest.raises(AudioError) as caught:
        predictor.predict(recording, rate)  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.path) == (code, None)


def test_predictions_of_many_threads_are_those_of_one(predictor: Predictor) -> None:
    clips = [offset(value) for value in np.linspace(0.1, 0.9, 9)]
    expected = [predictor.predict(clip).probabilities for clip in clips]
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(predictor.predict, clips * 10))
    for one, other in zip(found, expected * 10, strict=True):
        np.testing.assert_array_equal(one.probabilities, other)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_predicts_while_threads_of_its_parent_do(predictor: Predictor) -> None:
    expected = predictor.predict(offset(0.3)).probabilities
    ended = threading.Event()

    def predict_until_the_end() -> None:
        while not ended.is_set():
            predictor.predict(offset(0.5))

    def predict_in_child() -> None:
        np.testing.assert_array_equal(predictor.predict(offset(0.3)).probabilities, expected)

    thread = threading.Thread(target=predict_until_the_end)
    thread.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of a fork with threads
            child = multiprocessing.get_context("fork").Process(target=predict_in_child)
            child.start()
        child.join(30)
    finally:
        ended.set()
        thread.join()
    assert child.exitcode == 0


def test_asynchronous_predictions_do_not_block_the_event_loop(predictor: Predictor) -> None:
    entered, release = threading.Event(), threading.Event()

    class Waiting:
        """A recording that is read when it is released."""

        @contextmanager
        def open_stream(self, maximum_seconds: float) -> Iterator[AudioStream]:
            entered.set()
            assert release.wait(10)
            yield AudioStream(RATE, 1, iter([offset(0.3).samples]))

    async def main() -> Prediction:
        task = asyncio.create_task(predictor.predict_async(Waiting()))
        while not entered.is_set():
            await asyncio.sleep(0.001)  # the loop runs while the thread waits
        release.set()
        return await task

    np.testing.assert_allclose(
        asyncio.run(main()).probabilities, predictor.predict(offset(0.3)).probabilities, atol=1e-5
    )


def test_a_cancelled_asynchronous_prediction_ends_its_thread(predictor: Predictor) -> None:
    ended = threading.Event()

    class Endless:
        """A recording without end."""

        @contextmanager
        def open_stream(self, maximum_seconds: float) -> Iterator[AudioStream]:
            try:
                yield AudioStream(RATE, 1, repeat(offset(0.3).samples))
            finally:
                ended.set()

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await predictor.predict_async(Endless())
        while not ended.is_set():
            await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(main(), 10))
