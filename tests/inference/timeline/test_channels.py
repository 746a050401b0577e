"""A file as the tracks that are written of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.io import write_wav
from emotion_classifier.errors import AudioError
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.timeline.analyse import analyse
from emotion_classifier.inference.timeline.channels import Recorded, hear_mixed, hear_speakers

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


def test_mixed_channels_are_one_track(predictor: Predictor, stereo: Path) -> None:
    recorded = hear_mixed(predictor, stereo)
    (track,) = recorded.tracks
    assert (recorded.file, recorded.duration_seconds, track.speaker) == (str(stereo), 3.0, "")
    expected = analyse(predictor, stereo)
    assert track.timeline.segments == expected.segments
    assert np.abs(track.envelope).max() == pytest.approx(0.125, abs=1e-3)


def test_each_channel_is_a_track_with_its_own_outline(predictor: Predictor, stereo: Path) -> None:
    recorded = hear_speakers(predictor, stereo)
    assert [track.speaker for track in recorded.tracks] == ["channel 1", "channel 2"]
    levels = [track.timeline.windows[0].level_dbfs for track in recorded.tracks]
    assert levels[0] - levels[1] == pytest.approx(6.02, abs=0.01)
    heights = [float(track.envelope[:, 1].max()) for track in recorded.tracks]
    assert heights == pytest.approx([0.5, 0.25], abs=1e-3)


@pytest.mark.parametrize("rows", [[0], [0, 0], [0, 0, 0]])
def test_what_does_not_tell_speakers_apart_is_refused(
    predictor: Predictor, tmp_path: Path, rows: list[int]
) -> None:
    path = tmp_path / "clip.wav"
    noise = np.random.default_rng(0).normal(0.0, 0.1, (1, RATE)).astype(np.float32)
    write_wav(path, noise[rows], RATE)
    with pytest.raises(AudioError, match="--channels mix") as caught:
        hear_speakers(predictor, path)
    assert caught.value.code == "channels"


@pytest.mark.parametrize("hear", [hear_mixed, hear_speakers])
def test_it_is_told_how_much_is_heard_and_of_how_much(
    predictor: Predictor, tmp_path: Path, hear: Callable[..., Recorded]
) -> None:
    path = tmp_path / "long.wav"
    noise = np.random.default_rng(0).normal(0.0, 0.1, (2, 9 * RATE)).astype(np.float32)
    write_wav(path, noise, RATE)
    told: list[tuple[float, float]] = []
    hear(predictor, path, tell=lambda heard, duration: told.append((heard, duration)))
    assert len(told) > 1
    assert [heard for heard, _ in told] == sorted({heard for heard, _ in told})
    assert told[-1] == (9.0, 9.0)
    assert {duration for _, duration in told} == {9.0}
