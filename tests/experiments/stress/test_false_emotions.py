from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_classifier.experiments.stress.false_emotions import (
    RATE,
    measure_false_emotions,
    sounds_of,
)
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    """A folder in MUSAN layout, without speech."""
    for name, level in (("noise/rain", 0.1), ("noise/babble-1", 0.2), ("music/a/song", 0.3)):
        file = tmp_path / f"{name}.wav"
        file.parent.mkdir(parents=True, exist_ok=True)
        tone = level * np.sin(np.arange(RATE) * 0.1)
        soundfile.write(file, tone, RATE, subtype="FLOAT")
    return tmp_path


def test_kinds_of_sound_are_those_of_the_folder_and_silence(sounds: Path) -> None:
    found = sounds_of(sounds, seed=0)
    assert list(found) == ["noise", "babble of many voices", "music", "silence"]
    levels = {kind: next(samples).max() for kind, samples in found.items()}
    assert levels["noise"] == pytest.approx(0.1, rel=0.01)
    assert levels["music"] == pytest.approx(0.3, rel=0.01)
    assert levels["silence"] < 0.01
    assert len(list(islice(found["noise"], 3))) == 3  # again and again


def test_without_a_folder_silence_is_measured(untrained_model: Path) -> None:
    (silence,) = measure_false_emotions(Predictor.load(untrained_model, threads=1), None, 12.0)
    assert (silence.sound, silence.hours) == ("silence", 12 / 3600)
    assert (silence.emotions_per_hour, silence.no_speech_share) == (0.0, 1.0)


def test_segments_with_another_emotion_than_neutral_are_counted(
    untrained_model: Path, sounds: Path
) -> None:
    config = StreamConfig(onset=None)  # without voice activity all sound is speech
    predictor = Predictor.load(untrained_model, config, threads=1)
    found = {one.sound: one for one in measure_false_emotions(predictor, sounds, 12.0)}
    # The model predicts "sad" for a mean below 0.5, as a tone has.
    assert found["music"].emotions_per_hour == 3600 / 12
    assert found["music"].emotion_share == pytest.approx(1.0)
