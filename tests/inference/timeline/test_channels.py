"""Timelines of mixed channels and of each channel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.io import write_wav
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.timeline.analyse import analyse
from emotion_classifier.inference.timeline.channels import (
    RecordingTimelines,
    analyse_mixed,
    analyse_speakers,
)

RATE = 16_000


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
    recording = analyse_mixed(predictor, stereo)
    (channel,) = recording.channels
    assert (recording.file, recording.duration_seconds, channel.speaker) == (str(stereo), 3.0, None)
    expected = analyse(predictor, stereo)
    assert channel.timeline.segments == expected.segments
    assert np.abs(channel.envelope).max() == pytest.approx(0.125, abs=1e-3)


def test_each_channel_has_a_timeline_and_an_envelope(predictor: Predictor, stereo: Path) -> None:
    recording = analyse_speakers(predictor, stereo)
    assert [channel.speaker for channel in recording.channels] == ["channel 1", "channel 2"]
    levels = [channel.timeline.windows[0].level_dbfs for channel in recording.channels]
    assert levels[0] - levels[1] == pytest.approx(6.02, abs=0.01)
    heights = [float(channel.envelope[:, 1].max()) for channel in recording.channels]
    assert heights == pytest.approx([0.5, 0.25], abs=1e-3)


@pytest.mark.parametrize("rows", [[0], [0, 0], [0, 0, 0]])
def test_channels_that_do_not_separate_speakers_are_refused(
    predictor: Predictor, tmp_path: Path, rows: list[int]
) -> None:
    path = tmp_path / "clip.wav"
    noise = np.random.default_rng(0).normal(0.0, 0.1, (1, RATE)).astype(np.float32)
    write_wav(path, noise[rows], RATE)
    with pytest.raises(AudioError, match="--channels mix") as caught:
        analyse_speakers(predictor, path)
    assert caught.value.code == "channels"


@pytest.mark.parametrize("analyse_file", [analyse_mixed, analyse_speakers])
def test_progress_reports_analysed_seconds_and_duration(
    predictor: Predictor, tmp_path: Path, analyse_file: Callable[..., RecordingTimelines]
) -> None:
    path = tmp_path / "long.wav"
    noise = np.random.default_rng(0).normal(0.0, 0.1, (2, 9 * RATE)).astype(np.float32)
    write_wav(path, noise, RATE)
    reported: list[tuple[float, float]] = []
    analyse_file(predictor, path, on_progress=lambda *values: reported.append(values))
    assert len(reported) > 1
    assert [seconds for seconds, _ in reported] == sorted({seconds for seconds, _ in reported})
    assert reported[-1] == (9.0, 9.0)
    assert {duration for _, duration in reported} == {9.0}
