"""The same audio has the same probabilities whatever the entry point.

The reference is written here once more, directly after the rule in the documentation.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import onnx
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emotion_classifier import load
from emotion_classifier.audio.clips import trim_silence
from emotion_classifier.audio.folders import find_audio
from emotion_classifier.audio.io import read_audio
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.synthesis import TOY_SENTENCES, ToySpeaker, synthesise
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.cli import main
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import Prediction
from emotion_classifier.experiments.evaluate.evaluate import predict_clips
from emotion_classifier.inference.emotion_model import EmotionModel, softmax
from emotion_classifier.inference.events import SummaryEvent
from emotion_classifier.inference.files.batch_prediction import predict_files
from emotion_classifier.inference.files.config import InferenceConfig
from emotion_classifier.inference.live.session import LiveSession
from emotion_classifier.inference.live.sources import FileSource
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.timeline.analyse import analyse
from emotion_classifier.inference.vad.silero import ActivityDetector
from emotion_classifier.model_folder.folder import (
    GRAPH,
    WEIGHTS,
    read_specification,
    write_specification,
)

RATE = 16_000
EMOTIONS = ("neutral", "sad", "angry")
# Logits depend on the level and the peak of a crop, so that every crop has other probabilities.
GRAPH_TEXT = """
<ir_version: 10, opset_import: ["": 18]>
levels (float[batch, sample] waveforms, int64[batch] lengths) => (float[batch, 3] logits)
<int64[1] time = {1}, float loud = {60.0}, float high = {5.0}, float low = {-30.0}>
{
    squares = Mul(waveforms, waveforms)
    power = ReduceMean<keepdims = 1>(squares, time)
    size = Abs(waveforms)
    peak = ReduceMax<keepdims = 1>(size, time)
    mean = ReduceMean<keepdims = 1>(size, time)
    first = Mul(power, loud)
    second = Mul(peak, high)
    third = Mul(mean, low)
    logits = Concat<axis = 1>(first, second, third)
}
"""


class Case(NamedTuple):
    """A recording: duration in seconds, rate in hertz, channels."""

    seconds: float
    rate: int
    channels: int


CASES = (
    Case(0.8, 16_000, 1), Case(1.7, 22_050, 2), Case(2.4, 8_000, 1), Case(3.6, 48_000, 1),
    Case(4.9, 44_100, 2), Case(5.0, 16_000, 1), Case(5.1, 44_100, 1), Case(9.7, 8_000, 2),
    Case(14.0, 22_050, 1), Case(31.0, 16_000, 2),
)  # fmt: skip


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(2.5, id="crops of 2.5 s", marks=pytest.mark.slow),
        pytest.param(5.0, id="crops of 5 s"),
    ],
)
def model(
    request: pytest.FixtureRequest, untrained_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A model folder with crops of that duration."""
    folder = tmp_path_factory.mktemp("levels")
    onnx.save(onnx.parser.parse_model(GRAPH_TEXT), folder / GRAPH)
    (folder / WEIGHTS).write_bytes(b"weights")
    known = read_specification(untrained_model)
    update = {"name": "levels", "emotions": EMOTIONS, "temperature": 1.3, "uncertain_below": 0.4}
    crops = known.input.model_copy(update={"seconds": request.param})
    write_specification(folder, known.model_copy(update={**update, "input": crops}))
    return folder


@pytest.fixture(scope="module")
def predictor(model: Path) -> Predictor:
    return Predictor.load(model, threads=1)


@pytest.fixture(scope="module")
def speech() -> Samples:
    """Half a minute of sentences of very different levels (sample,) at 16 kHz, with pauses of 0 to 4 s."""
    generator = np.random.default_rng(11)
    parts: list[Samples] = []
    while sum(map(len, parts)) < 32 * RATE:
        speaker = ToySpeaker.draw("female" if generator.random() < 0.5 else "male", generator)
        sentence = synthesise(speaker, "neutral", TOY_SENTENCES[0], generator)
        level = generator.uniform(0.2, 1.0) / np.abs(sentence).max()
        parts.append((level * sentence).astype(np.float32))
        pause = generator.choice([0.0, 0.3, 4.0]) * RATE
        parts.append(generator.normal(0.0, 2e-4, round(pause)).astype(np.float32))
    return np.concatenate(parts)


def recording_of(speech: Samples, case: Case) -> Waveform:
    """The beginning of `speech`, the second channel 6 dB quieter and 10 ms late."""
    samples = resample(speech[: round(case.seconds * RATE)], RATE, case.rate)
    late = np.roll(0.5 * samples, round(0.01 * case.rate))
    return Waveform(np.stack([samples, late])[: case.channels].astype(np.float32), case.rate)


@pytest.fixture(scope="module")
def files(speech: Samples, tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Path]:
    """Every case as a WAV file of floats, which loses nothing."""
    folder = tmp_path_factory.mktemp("recordings")
    paths = {}
    for number, case in enumerate(CASES):
        paths[case] = folder / f"{number}.wav"
        waveform = recording_of(speech, case)
        soundfile.write(paths[case], waveform.samples.T, case.rate, subtype="FLOAT")
    return paths


@pytest.fixture(scope="module")
def expected(predictor: Predictor, speech: Samples) -> dict[Case, npt.NDArray[np.float32]]:
    return {case: reference(predictor, recording_of(speech, case)) for case in CASES}


def reference(predictor: Predictor, waveform: Waveform) -> npt.NDArray[np.float32]:
    """Probabilities (emotion,) by the rule: mean of windows of means of crops."""
    mono = resample(waveform.samples.mean(axis=0, dtype=np.float32), waveform.sample_rate, RATE)
    activity = ActivityDetector().open(RATE)
    activity.flush(mono)
    total, weight = np.zeros(len(EMOTIONS)), 0.0
    for start in range(0, max(1, len(mono) - 4 * RATE), RATE):
        window = mono[start : start + 5 * RATE]
        share = activity.share(start / RATE, (start + len(window)) / RATE)
        clip = trim_silence(window, RATE, 40.0)
        if share >= 0.1 and len(clip) >= 0.5 * RATE:
            length = round(predictor.specification.input.seconds * RATE)
            count = -(-len(clip) // length)
            starts = np.linspace(0, max(0, len(clip) - length), count).round().astype(int)
            logits = [predictor.model.runtime.logits(
                clip[None, s : s + length], np.array([len(clip[s : s + length])])
            )[0] for s in starts]  # fmt: skip
            seconds = share * len(window) / RATE
            total += seconds * softmax(np.divide(np.stack(logits), 1.3, dtype=np.float32)).mean(
                axis=0
            )
            weight += seconds
    return (total / weight).astype(np.float32)


def assert_same(
    found: npt.NDArray[np.float32] | list[float], expected: npt.NDArray[np.float32]
) -> None:
    np.testing.assert_allclose(np.asarray(found), expected, atol=1e-5)


def in_order(probabilities: dict[str, float]) -> list[float]:
    return [probabilities[name] for name in EMOTIONS]


def test_crops_and_windows_matter(
    predictor: Predictor, files: dict[Case, Path], expected: dict[Case, npt.NDArray[np.float32]]
) -> None:
    """The recordings distinguish the rule from others, such as the centre of a recording alone."""
    different = 0
    for case, path in files.items():
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        clip = predictor.model.input.preparation.apply(Waveform(samples.T.copy(), rate))
        logits = predictor.model.crop_logits([predictor.model.input.centre(clip)])[0]
        different += np.abs(softmax(logits / 1.3)[0] - expected[case]).max() > 0.01
    assert different >= 3


def test_files_arrays_and_streams_are_predicted_by_the_rule(
    predictor: Predictor, speech: Samples, files: dict[Case, Path],
    expected: dict[Case, npt.NDArray[np.float32]],
) -> None:  # fmt: skip
    together = dict(zip(files, predictor.predict_many(files.values()), strict=True))
    rows = dict(zip(files, predict_files(predictor, files.values(), workers=2), strict=True))
    for case, path in files.items():
        waveform = recording_of(speech, case)
        assert_same(predictor.predict(path).probabilities, expected[case])
        assert_same(predictor.predict(waveform).probabilities, expected[case])
        array = predictor.predict(waveform.samples.astype(np.float64), case.rate)
        assert_same(array.probabilities, expected[case])
        many = together[case]
        assert isinstance(many, Prediction)
        assert_same(many.probabilities, expected[case])
        assert_same(in_order(rows[case].probabilities or {}), expected[case])
        assert rows[case].answer == array.answer
        stream = predictor.stream(case.rate)
        for chunk in np.array_split(waveform.mono(), 37):
            stream.feed(chunk)
        stream.flush()
        timeline = analyse(predictor, path)
        for tone in (stream.tone, timeline.tone):
            assert tone is not None
            assert_same(tone.probabilities, expected[case])
        if len(timeline.windows) == 1:
            assert_same(timeline.windows[0].prediction.probabilities, expected[case])


def test_channels_in_opposite_phase_are_predicted_like_one_of_them(
    predictor: Predictor, speech: Samples, tmp_path: Path
) -> None:
    voice = speech[: 12 * RATE]
    expected = predictor.predict(voice, RATE)
    path = tmp_path / "x.wav"
    soundfile.write(path, np.stack([voice, -voice], axis=1), RATE, subtype="FLOAT")
    timeline = analyse(predictor, path)
    assert timeline.tone is not None
    for found in (predictor.predict(path), timeline.tone):
        assert_same(found.probabilities, expected.probabilities)
    (row,) = predict_files(predictor, [path], workers=1)
    assert row.warning
    assert row.warning == predictor.predict(path).warning == timeline.warning
    assert expected.warning is None


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seconds=st.floats(0.8, 31.0),
    rate=st.sampled_from([8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000]),
    channels=st.sampled_from([1, 2]),
    chunks=st.integers(1, 200),
)
def test_any_duration_rate_and_chunks_are_predicted_by_the_rule(
    predictor: Predictor, speech: Samples, seconds: float, rate: int, channels: int, chunks: int
) -> None:
    waveform = recording_of(speech, Case(seconds, rate, channels))
    expected = reference(predictor, waveform)
    assert_same(predictor.predict(waveform.samples, rate).probabilities, expected)
    stream = predictor.stream(rate)
    for chunk in np.array_split(waveform.mono(), chunks):
        stream.feed(chunk)
    stream.flush()
    assert stream.tone is not None
    assert_same(stream.tone.probabilities, expected)


@pytest.fixture
def emotion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., str]:
    """The command `emotion`, which returns what it prints."""
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))

    def run(*arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", ["emotion", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert not ended.value.code, printed.err
        return printed.out

    return run


def test_every_command_predicts_by_the_rule(
    model: Path, files: dict[Case, Path], expected: dict[Case, npt.NDArray[np.float32]],
    emotion: Callable[..., str], tmp_path: Path,
) -> None:  # fmt: skip
    printed = emotion("predict", *files.values(), "--model", model, "--format", "json")
    for case, row in zip(files, json.loads(printed), strict=True):
        assert_same(in_order(row["probabilities"]), expected[case])
    for case, path in files.items():
        emotion("timeline", path, "--model", model, "--format", "jsonl", "-o", tmp_path)
        records = [json.loads(line) for line in _lines(tmp_path / f"{path.stem}.jsonl")]
        (summary,) = (record for record in records if record["event"] == "summary")
        assert_same(in_order(summary["probabilities"]), expected[case])
        windows = [record for record in records if record["event"] == "window"]
        if len(windows) == 1:
            assert_same(in_order(windows[0]["probabilities"]), expected[case])
        printed = emotion(
            *("listen", "--model", model, "--input", path, "--speed", "max"),
            *("--words", "none", "-o", "-"),
        )
        assert_same(in_order(json.loads(printed.splitlines()[-1])["probabilities"]), expected[case])


@pytest.mark.parametrize("fitted", [None, 0.0, 0.6])
def test_the_answer_to_a_recording_is_the_same_for_every_entry_point(
    predictor: Predictor, files: dict[Case, Path], fitted: float | None
) -> None:
    """`listen`, `timeline` and `predict` have the same answer and shares, by the threshold of recordings."""
    update = {"recording_uncertain_below": fitted}
    model = EmotionModel(predictor.model.runtime, predictor.specification.model_copy(update=update))
    ruled = Predictor(model)
    for path in (files[case] for case in CASES[3:9:5]):
        row = ruled.predict(path)
        timeline = analyse(ruled, path)
        *_, listened = LiveSession(FileSource(path), ruled.stream).events()
        assert isinstance(listened, SummaryEvent)
        summary = SummaryEvent.of(timeline)
        for name, value in summary.model_dump(exclude={"session"}).items():
            assert getattr(listened, name) == pytest.approx(value, abs=1e-4), name
        assert (row.answer, row.emotion) == (summary.answer, timeline.tone.emotion)  # type: ignore[union-attr]
        assert row.shares == pytest.approx(summary.shares, abs=1e-4)
        confident = row.confidence >= (
            0.4 if len(timeline.windows) == 1 or fitted is None else fitted
        )
        shares = row.shares or {}
        largest = shares[row.emotion] == max(shares[name] for name in EMOTIONS) > 0
        assert row.answer == (row.emotion if confident and largest else "uncertain")
        if len(timeline.windows) == 1:
            assert (
                row.answer
                == timeline.windows[0].prediction.answer
                == predictor.predict(path).answer
            )


def test_shares_are_those_of_the_segments(predictor: Predictor, files: dict[Case, Path]) -> None:
    for path in (files[case] for case in CASES[6:9]):
        timeline = analyse(predictor, path)
        assert timeline.tone is not None and timeline.tone.shares is not None
        spoken = sum(one.duration_seconds for one in timeline.segments if one.has_speech)
        assert spoken == pytest.approx(timeline.speech_seconds)
        for name, share in timeline.tone.shares.items():
            seconds = sum(s.duration_seconds for s in timeline.segments if s.answer == name)
            assert share == pytest.approx(seconds / spoken)


def test_evaluation_predicts_by_the_rule(
    predictor: Predictor, model: Path, files: dict[Case, Path],
    expected: dict[Case, npt.NDArray[np.float32]], emotion: Callable[..., str], tmp_path: Path,
) -> None:  # fmt: skip
    clips = [Utterance(f"own/{p.stem}", p, "own", "s", "sad") for p in files.values()]
    scored, failed, without_speech = predict_clips(predictor, clips)
    assert (failed, without_speech) == ((), 0)
    assert_same(scored.probabilities, np.stack(list(expected.values())))
    for number, path in enumerate(files.values()):
        folder = tmp_path / "corpus" / EMOTIONS[number % 3]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / path.name).symlink_to(path)
    emotion(
        *("evaluate", model, "--corpus", f"folders={tmp_path / 'corpus'}", "--part", "all"),
        "corpora.0.speaker_pattern=([0-9]+)",
        *("-o", tmp_path / "scores"),
    )
    with (tmp_path / "scores" / "predictions.csv").open(newline="") as file:
        rows = {Path(row["file"]).name: row for row in csv.DictReader(file)}
    for case, path in files.items():
        row = rows[path.name]
        assert_same([float(row[f"p_{name}"]) for name in EMOTIONS], expected[case])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # those of Ray
def test_a_cluster_predicts_by_the_rule(
    model: Path, files: dict[Case, Path], expected: dict[Case, npt.NDArray[np.float32]]
) -> None:
    ray = pytest.importorskip("ray", reason="needs Ray: pip install 'emotion_classifier[ray]'")
    from emotion_classifier.inference.files.ray import ray_cluster

    ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        with ray_cluster(InferenceConfig(), model) as predict_all:
            rows = list(predict_all(files.values()))
    finally:
        ray.shutdown()
    for case, row in zip(files, rows, strict=True):
        assert_same(in_order(dict(row.probabilities or {})), expected[case])


def _lines(path: Path) -> Iterator[str]:
    yield from path.read_text("utf-8").splitlines()


@pytest.mark.parametrize("seconds", [2.0, 12.0])
def test_noise_has_no_speech_for_every_entry_point(predictor: Predictor, seconds: float) -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.01, round(seconds * RATE)).astype(np.float32)
    prediction = predictor.predict(noise, RATE)
    assert prediction.answer == "no speech"
    np.testing.assert_array_equal(prediction.probabilities, np.float32(1 / 3))
    stream = predictor.stream(RATE)
    windows = [*stream.feed(noise), *stream.flush()]
    assert stream.tone is None
    assert {window.prediction.answer for window in windows} == {"no speech"}


@pytest.fixture(scope="module")
def joined_clips(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Real clips one after the other, each file of 6 to 11 s."""
    clips = find_audio(shared_data / "ravdess")[:240:24]
    folder = tmp_path_factory.mktemp("joined")
    paths = []
    for number, names in enumerate(zip(clips[:-2], clips[1:-1], clips[2:], strict=True)):
        read = [read_audio(name) for name in names[: 2 + number % 2]]
        samples = np.concatenate([resample(one.mono(), one.sample_rate, RATE) for one in read])
        paths.append(folder / f"{number}.wav")
        soundfile.write(paths[-1], samples, RATE, subtype="FLOAT")
    return paths


def test_joined_clips_have_one_prediction_in_python_and_on_the_command_line(
    joined_clips: list[Path], emotion: Callable[..., str]
) -> None:
    """Python took the centre of the recording, the command line the mean of its windows."""
    printed = emotion("predict", *joined_clips, "--format", "json")
    for row, prediction in zip(json.loads(printed), load().predict_many(joined_clips), strict=True):
        assert isinstance(prediction, Prediction)
        assert row["answer"] == prediction.answer
        assert row["probabilities"] == pytest.approx(prediction.as_dict(), abs=1e-5)


def test_a_clip_has_one_prediction_in_predict_and_in_its_timeline(
    model: Path, shared_data: Path
) -> None:
    """A model with crops of 2.5 s took the centre in one and all crops of the window in the other."""
    predictor = Predictor.load(model, threads=1)
    for path in find_audio(shared_data / "ravdess")[:240:12]:
        (window,) = analyse(predictor, path).windows
        assert_same(predictor.predict(path).probabilities, window.prediction.probabilities)
