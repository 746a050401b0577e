from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.emotions.prediction import NO_SPEECH, UNCERTAIN, Prediction
from emotion_classifier.emotions.timeline import Interval, Segment, Window
from emotion_classifier.errors import AudioError, ConfigError
from emotion_classifier.inference.emotion_model import EmotionModel
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.smoothing import MeanSmoothingConfig
from emotion_classifier.inference.streaming.stream import Stream, StreamConfig
from emotion_classifier.inference.streaming.windows import WindowGrid
from emotion_classifier.inference.vad.silero import ActivityDetector
from emotion_classifier.model_folder.input import InputConfig

RATE = 16_000
RATES = (8000, 16_000, 44_100, 48_000)
All = tuple[list[Window], list[Segment], list[Interval]]


def everything(stream: Stream, chunks: list[Samples]) -> All:
    windows, segments, speech = [], [], []
    for chunk in chunks:
        windows += stream.feed(chunk)
        segments += stream.take_segments()
        speech += stream.take_speech()
    windows += stream.flush()
    return windows, segments + stream.take_segments(), speech + stream.take_speech()


def voices(predictor: Predictor, samples: Samples, sample_rate: int = RATE) -> All:
    stream = StreamConfig().build(predictor.model, sample_rate=sample_rate)
    return everything(stream, [samples])


def assert_alike(one: Prediction, other: Prediction) -> None:
    np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-5)
    assert one.speech_share == other.speech_share
    assert one.answer == other.answer
    assert one.duration_seconds == other.duration_seconds


@pytest.fixture(scope="module")
def wholes(untrained: Predictor, toy_speech: Samples) -> dict[int, tuple[Samples, All]]:
    """The results for the whole recording at once, at each rate."""
    samples = {rate: resample(toy_speech, RATE, rate) for rate in RATES}
    return {rate: (one, voices(untrained, one, rate)) for rate, one in samples.items()}


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.differing_executors])
@given(
    cuts=st.lists(st.floats(0.0, 1.0), max_size=40),
    rate=st.sampled_from(RATES),
)
def test_chunks_change_nothing(
    untrained: Predictor,
    wholes: dict[int, tuple[Samples, All]],
    cuts: list[float],
    rate: int,
) -> None:
    samples, (windows, segments, speech) = wholes[rate]
    chunks = np.split(samples, sorted(round(cut * len(samples)) for cut in cuts))
    stream = StreamConfig().build(untrained.model, sample_rate=rate)
    found, found_segments, found_speech = everything(stream, chunks)
    assert len(found) == len(windows)
    for one, other in zip(found, windows, strict=True):
        assert (one.start_seconds, one.end_seconds) == (other.start_seconds, other.end_seconds)
        assert one.level_dbfs == pytest.approx(other.level_dbfs, abs=1e-3)
        for name in ("prediction", "smoothed", "tone"):
            assert_alike(getattr(one, name), getattr(other, name))
    assert found_speech == speech
    assert [(s.start_seconds, s.end_seconds, s.answer) for s in found_segments] == [
        (s.start_seconds, s.end_seconds, s.answer) for s in segments
    ]
    assert (stream.samples_received, stream.duration_seconds) == (len(samples), 13.0)


def test_live_chunks_change_nothing(
    untrained: Predictor, wholes: dict[int, tuple[Samples, All]]
) -> None:
    samples, (windows, _, _) = wholes[48_000]
    stream = StreamConfig().build(untrained.model, sample_rate=48_000)
    chunks = np.split(samples, range(480, len(samples), 480))
    for one, other in zip(everything(stream, chunks)[0], windows, strict=True):
        assert_alike(one.prediction, other.prediction)


def test_chunks_change_nothing_for_a_model_of_another_rate(
    untrained: Predictor, toy_speech: Samples
) -> None:
    # Here voice activity, which resamples, is available later than the audio of the model.
    update = {"input": InputConfig(sample_rate=8000)}
    model = Predictor(
        EmotionModel(untrained.model.runtime, untrained.specification.model_copy(update=update))
    )
    samples = resample(toy_speech, RATE, 8000)
    expected = voices(model, samples, 8000)
    chunks = np.split(samples, range(80, len(samples), 80))
    found = everything(StreamConfig().build(model.model, sample_rate=8000), chunks)
    activity = ActivityDetector().open(8000)
    activity.feed(samples)
    activity.flush()
    for one, other in zip(found[0], expected[0], strict=True):
        assert_alike(one.prediction, other.prediction)
        assert one.prediction.speech_share == activity.share(one.start_seconds, one.end_seconds)
    assert found[2] == expected[2]


def test_windows_are_predicted_from_their_own_samples(
    untrained: Predictor, toy_speech: Samples
) -> None:
    samples = toy_speech[: 12 * RATE + 5000]
    stream = StreamConfig(onset=None, smoothing=MeanSmoothingConfig(windows=1)).build(
        untrained.model, sample_rate=RATE
    )
    windows, segments, speech = everything(stream, [samples])
    spans = [(second, second + 5.0) for second in range(8)] + [(8, 12 + 5000 / RATE)]
    assert [(one.start_seconds, one.end_seconds) for one in windows] == spans
    parts = [samples[round(start * RATE) : round(end * RATE)] for start, end in spans]
    for window, expected in zip(windows, untrained.model.window_probabilities(parts), strict=True):
        assert expected is not None and window.prediction.speech_share is None
        np.testing.assert_allclose(window.prediction.probabilities, expected, atol=1e-6)
        np.testing.assert_array_equal(
            window.smoothed.probabilities, window.prediction.probabilities
        )
    assert speech == []
    assert (segments[0].start_seconds, segments[-1].end_seconds) == (0.0, 12 + 5000 / RATE)


def test_silence_is_no_speech_and_changes_no_mood(
    untrained: Predictor, toy_speech: Samples
) -> None:
    samples = np.concatenate([toy_speech[: 6 * RATE], np.zeros(60 * RATE, np.float32)])
    windows, segments, speech = voices(untrained, samples)
    answers = [one.prediction.answer for one in windows]
    assert answers[0] != NO_SPEECH and answers[-1] == NO_SPEECH
    assert speech[-1].end_seconds < 6.0
    last_speech = max(index for index, answer in enumerate(answers) if answer != NO_SPEECH)
    mood = windows[last_speech].smoothed.probabilities
    np.testing.assert_array_equal(windows[-1].smoothed.probabilities, mood)
    np.testing.assert_array_equal(windows[-1].prediction.probabilities, [0.5, 0.5])
    assert windows[last_speech + 1].tone.answer != NO_SPEECH
    assert windows[-1].tone.answer == NO_SPEECH  # of the last 30 s
    assert (segments[-1].answer, segments[-1].end_seconds) == (NO_SPEECH, 66.0)
    assert windows[-1].level_dbfs == -120.0
    for one, other in pairwise(segments):
        assert one.end_seconds == other.start_seconds and one.answer != other.answer


def test_the_tone_is_the_mean_of_all_speech(untrained: Predictor, toy_speech: Samples) -> None:
    stream = StreamConfig().build(untrained.model, sample_rate=RATE)
    assert stream.tone is None
    stream.feed(np.zeros(10 * RATE, np.float32))
    assert stream.tone is None
    windows = stream.feed(toy_speech) + stream.flush()
    assert stream.tone is not None and stream.tone.duration_seconds == 23.0
    counted = [one.prediction for one in windows if one.prediction.answer != NO_SPEECH]
    weights = [one.speech_share * one.duration_seconds for one in counted if one.speech_share]
    expected = np.average([one.probabilities for one in counted], axis=0, weights=weights)
    np.testing.assert_allclose(stream.tone.probabilities, expected, atol=1e-5)


def test_speech_too_brief_to_judge_is_uncertain(untrained: Predictor, toy_speech: Samples) -> None:
    # 0.45 s of a sentence, where the model needs 0.5 s
    windows, _, _ = voices(untrained, toy_speech[3 * RATE : round(3.45 * RATE)])
    (window,) = windows
    assert window.prediction.answer == window.smoothed.answer == UNCERTAIN
    np.testing.assert_array_equal(window.prediction.probabilities, [0.5, 0.5])


def test_the_threshold_is_that_of_the_settings_or_of_the_model(
    untrained: Predictor, toy_speech: Samples
) -> None:
    specification = untrained.specification.model_copy(update={"uncertain_below": 0.99})
    strict = Predictor(EmotionModel(untrained.model.runtime, specification))
    speech = toy_speech[round(2.5 * RATE) : 5 * RATE]
    assert voices(strict, speech)[0][0].smoothed.answer == UNCERTAIN
    stream = StreamConfig(uncertain_below=0.0).build(strict.model, sample_rate=RATE)
    assert everything(stream, [speech])[0][0].smoothed.answer == "sad"


def test_quiet_speech_has_an_answer_live_and_in_files(
    untrained: Predictor, toy_speech: Samples
) -> None:
    quiet = toy_speech * np.float32(1e-3 / np.abs(toy_speech).max())  # its peak is at -60 dBFS
    assert untrained.predict(quiet, RATE).answer != NO_SPEECH
    chunks = np.split(quiet, 130)
    windows, segments, speech = everything(untrained.stream(RATE), chunks)
    answers = [one.smoothed.answer for one in windows]
    assert answers == [one.smoothed.answer for one in voices(untrained, toy_speech)[0]]
    assert len(speech) == sum(one.has_speech for one in segments) >= 2


def test_broken_samples_are_silence_and_counted(untrained: Predictor) -> None:
    broken = np.full(7 * RATE, np.nan, np.float32)
    broken[::3], broken[1::3] = np.inf, 1e30
    stream = StreamConfig().build(untrained.model, sample_rate=RATE)
    windows, segments, speech = everything(stream, np.split(broken, 7))
    assert stream.samples_not_finite == stream.samples_received == 7 * RATE
    assert [one.prediction.answer for one in windows] == [NO_SPEECH] * 3
    assert (segments, speech) == ([Segment(0.0, 7.0, NO_SPEECH, 0.0)], [])
    assert np.isnan(broken).any()  # what is fed stays as it is


def test_samples_that_are_not_finite_count_as_silence(
    untrained: Predictor, toy_speech: Samples
) -> None:
    samples = toy_speech.copy()
    samples[[100, 50_000, 130_000]] = np.nan, -np.inf, np.nan
    cleaned = np.nan_to_num(samples, posinf=0.0, neginf=0.0)
    for one, other in zip(
        voices(untrained, samples)[0], voices(untrained, cleaned)[0], strict=True
    ):
        assert_alike(one.prediction, other.prediction)


def test_a_buffer_may_be_used_again(untrained: Predictor, toy_speech: Samples) -> None:
    stream = StreamConfig().build(untrained.model, sample_rate=RATE)
    buffer, windows = np.zeros(1600, np.float32), []
    for chunk in np.split(toy_speech, 130):
        buffer[:] = chunk
        windows += stream.feed(buffer)
    expected, _, _ = voices(untrained, toy_speech)
    for one, other in zip(windows, expected, strict=True):
        assert_alike(one.prediction, other.prediction)


def test_memory_stays_as_it_is(untrained: Predictor) -> None:
    stream = StreamConfig().build(untrained.model, sample_rate=8000)
    noise = np.random.default_rng(0).normal(0.0, 1e-3, 240 * 8000).astype(np.float32)
    sizes = []
    for part in np.split(noise, 60):  # segments and speech are not taken
        stream.feed(part)
        buffer = stream._buffer
        assert buffer._activity is not None
        sizes.append(
            (sum(len(c) for _, c in buffer._buffer._chunks), len(buffer._activity._spoken))
        )
    samples, frames = np.max(sizes, axis=0)
    assert samples <= 6 * RATE + 1000 and frames <= 6 * RATE / 512 + 5
    assert len(stream._segments) <= 1


def test_results_that_are_never_taken_are_dropped(
    untrained: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotion_classifier.inference.streaming.stream._MOST_SEGMENTS", 2)
    time = np.arange(40 * RATE) / RATE
    changing = 0.6 + 0.5 * np.sign(np.sin(2 * np.pi * time / 8)) + 0.1 * np.sin(700 * time)
    config = StreamConfig(window_seconds=1.0, onset=None, smoothing=MeanSmoothingConfig(windows=1))
    stream = config.build(untrained.model, sample_rate=RATE)
    stream.feed(changing.astype(np.float32))
    assert len(stream._segments) > 5  # of one call nothing is lost
    stream.feed(np.zeros(10, np.float32))
    assert len(stream.take_segments()) == 2
    assert stream.take_segments() == []


def test_who_speaks_now_is_known(untrained: Predictor, toy_speech: Samples) -> None:
    stream = StreamConfig().build(untrained.model, sample_rate=RATE)
    stream.feed(toy_speech[: 2 * RATE])
    assert stream.speaking_since_seconds is None
    stream.feed(toy_speech[2 * RATE : 4 * RATE])
    assert stream.speaking_since_seconds == pytest.approx(2.7, abs=0.3)


def test_empty_and_very_short_audio(untrained: Predictor) -> None:
    for count, expected in ((0, 0), (1, 0), (100, 1)):
        stream = StreamConfig().build(untrained.model, sample_rate=48_000)
        windows, segments, _ = everything(stream, [np.zeros(count, np.float32)])
        assert (len(windows), len(segments)) == (expected, expected)
        assert stream.flush() == []


def test_an_ended_stream_takes_no_more(untrained: Predictor) -> None:
    stream = StreamConfig().build(untrained.model, sample_rate=RATE)
    stream.flush()
    with pytest.raises(ValueError, match="has been flushed: open another one"):
        stream.feed(np.zeros(1, np.float32))


@pytest.mark.parametrize(
    "wrong", [np.zeros((2, 100), np.float32), np.zeros(100, np.int16), [0.1], None]
)
def test_only_one_channel_of_floats_is_accepted(untrained: Predictor, wrong: Samples) -> None:
    stream = StreamConfig().build(untrained.model, sample_rate=RATE)
    with pytest.raises(AudioError, match=r"mix channels down, scale to -1 to 1"):
        stream.feed(wrong)


def test_impossible_settings_are_refused(untrained: Predictor) -> None:
    with pytest.raises(ValidationError, match=r"hop_seconds is 6: .*leave no audio out"):
        StreamConfig(window_seconds=5.0, hop_seconds=6.0)
    with pytest.raises(ConfigError, match="hop_seconds"):
        WindowGrid.of_seconds(1.0, 2.0, RATE)
    for rate in (0, 4000, 400_000):
        with pytest.raises(AudioError, match="a whole number of Hz, 8000 to 192000"):
            StreamConfig().build(untrained.model, sample_rate=rate)


def test_settings_reach_the_stream(untrained: Predictor, toy_speech: Samples) -> None:
    config = StreamConfig(
        window_seconds=4.0,
        hop_seconds=2.0,
        onset=None,
        smoothing=MeanSmoothingConfig(windows=2),
        tone_seconds=6.0,
    )
    windows, _, speech = everything(config.build(untrained.model, sample_rate=RATE), [toy_speech])
    assert [one.start_seconds for one in windows] == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert speech == []
    last = [one.prediction.probabilities for one in windows[2:4]]
    for found in (windows[3].smoothed, windows[3].tone):  # 6 s hold two windows of 4 s
        np.testing.assert_allclose(found.probabilities, np.mean(last, axis=0), atol=1e-6)
    assert windows[3].tone.duration_seconds == 6.0
    stream = StreamConfig(onset=0.999999).build(untrained.model, sample_rate=RATE)
    assert {one.prediction.answer for one in everything(stream, [toy_speech])[0]} == {NO_SPEECH}


def test_to_catch_up_windows_are_left_out_and_counted(
    untrained: Predictor, toy_speech: Samples
) -> None:
    stream = StreamConfig().build(untrained.model, sample_rate=RATE)
    windows = stream.feed(toy_speech[: 8 * RATE], newest_only=True)
    assert ([one.start_seconds for one in windows], stream.windows_skipped) == ([3.0], 3)
    windows += stream.feed(toy_speech[8 * RATE :], newest_only=True) + stream.flush()
    assert ([one.start_seconds for one in windows], stream.windows_skipped) == ([3.0, 8.0], 7)
    expected = voices(untrained, toy_speech)[0]
    for one in windows:
        assert_alike(one.prediction, expected[round(one.start_seconds)].prediction)
    segments = stream.take_segments()
    assert (segments[0].start_seconds, segments[-1].end_seconds) == (0.0, 13.0)
    with_gaps = StreamConfig(onset=None, tone_seconds=7.0).build(untrained.model, sample_rate=RATE)
    with_gaps.feed(toy_speech[: 5 * RATE])
    (window,) = with_gaps.feed(toy_speech[5 * RATE : 10 * RATE], newest_only=True)
    np.testing.assert_array_equal(window.tone.probabilities, window.prediction.probabilities)


def test_a_predictor_opens_streams_with_its_settings(untrained: Predictor) -> None:
    silence = np.zeros(6 * RATE, np.float32)
    assert [one.end_seconds for one in untrained.stream(RATE).feed(silence)] == [5.0, 6.0]
    other = Predictor(untrained.model, StreamConfig(window_seconds=2.0, hop_seconds=2.0))
    stream = other.stream(RATE)
    assert [one.end_seconds for one in stream.feed(silence)] == [2.0, 4.0, 6.0]
