from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import SAMPLE_RATE, Command, voice
from tests.cli.test_bad_input import assert_refused

from emotion_classifier.audio.io import write_wav


def test_a_folder_without_recordings_is_refused(
    emotion: Command, untrained_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/notes.txt").write_text("no audio")
    ended = emotion(
        "adapt", untrained_model, "--audio", tmp_path / "empty", "--output", tmp_path / "adapted"
    )
    assert_refused(ended, "0 windows with speech", "at least 10")
    assert "holds no recordings" in ended.out
    assert not (tmp_path / "adapted").exists()


@pytest.mark.parametrize("command", ["predict", "timeline", "listen"])
def test_a_neutral_voice_without_speech_is_refused(
    emotion: Command, untrained_model: Path, tmp_path: Path, command: str
) -> None:
    noise, neutral = tmp_path / "noise.wav", tmp_path / "neutral.wav"
    for path in (noise, neutral):
        write_wav(path, voice(4.0), SAMPLE_RATE)
    options = ("--model", untrained_model, "--neutral", neutral)
    assert_refused(
        emotion(command, noise, *options), "neutral.wav", "0.0 s of speech", "at least 3 s"
    )
