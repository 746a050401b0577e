from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.audio.io import read_audio, write_wav
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.emotions.prediction import NO_SPEECH
from emotion_classifier.emotions.timeline import Timeline
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.inference.timeline.analyse import (
    Envelope,
    analyse,
    analyse_channels,
    analyse_file,
)

RATE = 16_000


def assert_alike(one: Timeline, other: Timeline) -> None:
    assert one.duration_seconds == other.duration_seconds
    assert one.speech == other.speech
    assert len(one.windows) == len(other.windows)
    for window, expected in zip(one.windows, other.windows, strict=True):
        np.testing.assert_allclose(
            window.smoothed.probabilities, expected.smoothed.probabilities, atol=1e-5
        )
    assert [(s.start_seconds, s.end_seconds, s.answer) for s in one.segments] == [
        (s.start_seconds, s.end_seconds, s.answer) for s in other.segments
    ]


@pytest.fixture
def recording(tmp_path: Path, toy_speech: Samples) -> Path:
    path = tmp_path / "voices.wav"
    write_wav(path, toy_speech, RATE)
    return path


def test_a_file_its_waveform_and_a_stream_have_the_same_timeline(
    untrained: Predictor, recording: Path
) -> None:
    waveform = read_audio(recording)
    timeline = analyse(untrained, recording)
    assert (timeline.duration_seconds, len(timeline.windows)) == (13.0, 9)
    assert (timeline.segments[0].start_seconds, timeline.segments[-1].end_seconds) == (0.0, 13.0)
    assert len(timeline.speech) >= 2 and timeline.tone is not None
    assert_alike(timeline, analyse(untrained, waveform))
    assert_alike(timeline, analyse(untrained, str(recording)))
    stream = untrained.stream(RATE)
    windows = [w for part in np.split(waveform.mono(), 13) for w in stream.feed(part)]
    windows += stream.flush()
    for one, other in zip(windows, timeline.windows, strict=True):
        np.testing.assert_allclose(
            one.prediction.probabilities, other.prediction.probabilities, atol=1e-5
        )


def test_channels_are_mixed_or_analysed_separately(
    untrained: Predictor, toy_speech: Samples
) -> None:
    silent = np.zeros_like(toy_speech)
    both = Waveform(np.stack([toy_speech, silent]), RATE)
    left, right = analyse_channels(untrained, both)
    assert_alike(left, analyse(untrained, Waveform(toy_speech[None], RATE)))
    assert (right.speech, right.tone) == ((), None)
    assert [one.answer for one in right.segments] == [NO_SPEECH]
    mixed = analyse(untrained, both)
    assert_alike(mixed, analyse(untrained, Waveform(0.5 * toy_speech[None], RATE)))


def test_settings_are_used(untrained: Predictor, recording: Path) -> None:
    timeline = analyse(
        Predictor(untrained.model, StreamConfig(window_seconds=2.0, hop_seconds=2.0)), recording
    )
    assert len(timeline.windows) == 7
    assert timeline.windows[-1].end_seconds == 13.0


def test_unusable_recordings_raise_an_error(
    untrained: Predictor, recording: Path, tmp_path: Path
) -> None:
    with pytest.raises(AudioError, match="no such file"):
        analyse(untrained, tmp_path / "nowhere.wav")
    broken = Waveform(np.array([[0.1, np.nan] * RATE], np.float32), RATE)
    with pytest.raises(AudioError, match=r"16000 samples are NaN") as caught:
        analyse(untrained, broken)
    assert caught.value.code == "not-finite"
    limited = Predictor(untrained.model, maximum_seconds=10.0)
    for function in (analyse, analyse_channels):
        with pytest.raises(AudioError, match="longer than the limit of 10 s"):
            function(limited, recording)


def test_no_samples_are_an_empty_timeline(untrained: Predictor) -> None:
    timeline = analyse(untrained, Waveform(np.zeros((1, 0), np.float32), RATE))
    assert (timeline.duration_seconds, timeline.tone) == (0.0, None)
    assert (timeline.windows, timeline.segments, timeline.speech) == ((), (), ())


def test_real_speech_has_an_emotion_and_noise_has_none(
    untrained: Predictor, shared_data: Path
) -> None:
    clip = analyse(untrained, shared_data / "ravdess/Actor_17/03-01-01-01-01-01-17.flac")
    (window,) = clip.windows
    assert window.smoothed.answer != NO_SPEECH and clip.tone is not None
    trumpet = analyse(untrained, shared_data / "noise/music/sorohanro_solo_trumpet_06_0.flac")
    assert {one.answer for one in trumpet.segments} == {NO_SPEECH} and trumpet.tone is None


@pytest.fixture
def stereo(tmp_path: Path) -> Path:
    """Noise on the left, half as loud on the right in the other polarity."""
    left = np.random.default_rng(0).uniform(-0.5, 0.5, 3 * RATE).astype(np.float32)
    path = tmp_path / "stereo.wav"
    write_wav(path, np.stack([left, -left / 2]), RATE)
    return path


@pytest.fixture
def predictor(untrained_model: Path) -> Predictor:
    return Predictor.load(untrained_model, threads=1)


def test_mixed_channels_have_one_timeline(predictor: Predictor, stereo: Path) -> None:
    recording = analyse_file(predictor, stereo, mix=True)
    (channel,) = recording.channels
    assert (recording.file, recording.duration_seconds, channel.speaker) == (str(stereo), 3.0, None)
    expected = analyse(predictor, stereo)
    assert channel.timeline.segments == expected.segments
    assert np.abs(channel.envelope).max() == pytest.approx(0.125, abs=1e-3)


def test_each_channel_has_a_timeline_and_an_envelope(predictor: Predictor, stereo: Path) -> None:
    recording = analyse_file(predictor, stereo, mix=False)
    assert [channel.speaker for channel in recording.channels] == ["channel 1", "channel 2"]
    levels = [channel.timeline.windows[0].level_dbfs for channel in recording.channels]
    assert levels[0] - levels[1] == pytest.approx(6.02, abs=0.01)
    heights = [float(channel.envelope[:, 1].max()) for channel in recording.channels]
    assert heights == pytest.approx([0.5, 0.25], abs=1e-3)


@pytest.mark.parametrize("signs", [[1], [1, 1], [1, 1, 1], [1, -1]])
def test_channels_that_do_not_separate_speakers_are_refused(
    predictor: Predictor, tmp_path: Path, signs: list[int]
) -> None:
    path = tmp_path / "clip.wav"
    noise = np.random.default_rng(0).normal(0.0, 0.1, (1, RATE)).astype(np.float32)
    write_wav(path, np.outer(signs, noise).astype(np.float32), RATE)
    with pytest.raises(AudioError, match="--channels mix") as caught:
        analyse_file(predictor, path, mix=False)
    assert caught.value.code == "channels"


@pytest.mark.parametrize("mix", [True, False])
def test_progress_reports_analysed_seconds_and_duration(
    predictor: Predictor, tmp_path: Path, mix: bool
) -> None:
    path = tmp_path / "long.wav"
    noise = np.random.default_rng(0).normal(0.0, 0.1, (2, 9 * RATE)).astype(np.float32)
    write_wav(path, noise, RATE)
    reported: list[tuple[float, float]] = []
    analyse_file(predictor, path, mix=mix, on_progress=lambda *values: reported.append(values))
    assert len(reported) > 1
    assert [seconds for seconds, _ in reported] == sorted({seconds for seconds, _ in reported})
    assert reported[-1] == (9.0, 9.0)
    assert {duration for _, duration in reported} == {9.0}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 90), max_size=12), st.integers(0, 99))
def test_an_envelope_does_not_depend_on_the_chunks(sizes: list[int], seed: int) -> None:
    samples = np.random.default_rng(seed).normal(size=sum(sizes)).astype(np.float32)
    envelope = Envelope(maximum_sections=16)
    for chunk in np.split(samples, np.cumsum(sizes)[:-1]) if sizes else []:
        envelope.feed(chunk)
    width = envelope.samples_per_section
    sections = [samples[start : start + width] for start in range(0, len(samples), width)]
    assert len(sections) <= 16
    assert len(samples) <= width * 16
    expected = np.array([(one.min(), one.max()) for one in sections], np.float32)
    np.testing.assert_array_equal(envelope.bounds, expected.reshape(-1, 2))


@pytest.mark.parametrize("seconds", [1, 600])
def test_an_envelope_has_a_maximum_number_of_sections(seconds: int) -> None:
    envelope = Envelope(maximum_sections=64)
    for _ in range(seconds):
        envelope.feed(np.ones(8000, np.float32))
    assert 32 <= len(envelope.bounds) <= 64
    assert (envelope.bounds == 1.0).all()
