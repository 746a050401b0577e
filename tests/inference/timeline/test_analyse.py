from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.io import read_audio, write_wav
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.emotions.prediction import NO_SPEECH
from emotion_classifier.emotions.timeline import Timeline
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.inference.timeline.analyse import analyse, analyse_channels

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


def test_a_file_gives_the_timeline_of_its_waveform_and_stream(
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


def test_channels_are_mixed_or_analysed_alone(untrained: Predictor, toy_speech: Samples) -> None:
    silent = np.zeros_like(toy_speech)
    both = Waveform(np.stack([toy_speech, silent]), RATE)
    left, right = analyse_channels(untrained, both)
    assert_alike(left, analyse(untrained, Waveform(toy_speech[None], RATE)))
    assert (right.speech, right.tone) == ((), None)
    assert [one.answer for one in right.segments] == [NO_SPEECH]
    mixed = analyse(untrained, both)
    assert_alike(mixed, analyse(untrained, Waveform(0.5 * toy_speech[None], RATE)))


def test_settings_are_heeded(untrained: Predictor, recording: Path) -> None:
    timeline = analyse(
        Predictor(untrained.model, StreamConfig(window_seconds=2.0, hop_seconds=2.0)), recording
    )
    assert len(timeline.windows) == 7
    assert timeline.windows[-1].end_seconds == 13.0


def test_unusable_audio_is_an_error(untrained: Predictor, recording: Path, tmp_path: Path) -> None:
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
