from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import AudioError, ModelFolderError, StorageError
from emotion_classifier.inference.adaptation import LEAST_WINDOWS, adapt
from emotion_classifier.inference.emotion_model import EmotionModel
from emotion_classifier.inference.files.config import InferenceConfig
from emotion_classifier.inference.files.origin import origin_of
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.model_folder.card import to_markdown
from emotion_classifier.model_folder.folder import read_specification
from emotion_classifier.progress import Progress

RATE = 16_000


@pytest.fixture
def speech(toy_speech: Samples) -> Samples:
    """A sentence of 2.5 s with the offset 0.1: its logits of neutral and sad differ by about 0.8."""
    return toy_speech[round(2.4 * RATE) : round(5.2 * RATE)]


@pytest.fixture
def recordings(speech: Samples, tmp_path: Path) -> list[Path]:
    """As many recordings as are needed, with a sentence in each."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    paths = [folder / f"{number:02d}.wav" for number in range(LEAST_WINDOWS)]
    for path in paths:
        write_wav(path, speech[None], RATE)
    return paths


def gap(predictor: Predictor, path: Path) -> float:
    """Logarithm of the odds of neutral against sad."""
    probabilities = predictor.predict(path).probabilities
    return float(np.log(probabilities[0] / probabilities[1]))


def test_an_adapted_model_predicts_no_emotion_more_often_than_another(
    untrained_model: Path, recordings: list[Path], tmp_path: Path
) -> None:
    before = Predictor.load(untrained_model, threads=1)
    adaptation = adapt(untrained_model, recordings, tmp_path / "adapted")
    after = Predictor.load(tmp_path / "adapted", threads=1)
    assert (adaptation.recordings, adaptation.windows) == (LEAST_WINDOWS, LEAST_WINDOWS)
    assert 10.0 < adaptation.speech_seconds < 30.0
    assert gap(before, recordings[0]) < -0.5  # sad; neutral is raised, and sad lowered
    assert gap(after, recordings[0]) == pytest.approx(0.0, abs=1e-4)


def test_the_new_folder_has_the_files_of_the_old_and_its_card_the_adaptation(
    untrained_model: Path, recordings: list[Path], tmp_path: Path
) -> None:
    output = tmp_path / "adapted"
    adaptation = adapt(untrained_model, recordings, output)
    before, after = read_specification(untrained_model), read_specification(output)
    assert after.files == before.files
    assert after.adaptation == adaptation
    assert after.name == "untrained-adapted"
    assert adaptation.description in to_markdown(after)
    config = InferenceConfig()
    assert origin_of(after, config)["model_sha256"] != origin_of(before, config)["model_sha256"]


def test_an_earlier_adaptation_is_replaced(
    untrained_model: Path, recordings: list[Path], tmp_path: Path
) -> None:
    first = adapt(untrained_model, recordings, tmp_path / "first")
    second = adapt(tmp_path / "first", recordings, tmp_path / "second")
    assert second.shift == first.shift
    specification = read_specification(tmp_path / "second")
    assert specification.name == "untrained-adapted"


def test_a_long_recording_is_divided_into_windows_without_overlap(
    untrained_model: Path, speech: Samples, tmp_path: Path
) -> None:
    write_wav(tmp_path / "long.wav", np.tile(speech, 40)[None], RATE)
    adaptation = adapt(untrained_model, [tmp_path / "long.wav"], tmp_path / "adapted")
    seconds = 40 * len(speech) / RATE
    assert adaptation.recordings == 1
    assert adaptation.windows == int(np.ceil(seconds / StreamConfig().window_seconds))


@pytest.mark.parametrize("kind", ["silent", "few", "none"])
def test_too_little_speech_is_refused_and_nothing_is_written(
    untrained_model: Path, recordings: list[Path], tmp_path: Path, kind: str
) -> None:
    chosen = {"silent": recordings, "few": recordings[:-1], "none": []}[kind]
    if kind == "silent":
        for path in recordings:
            write_wav(path, np.zeros((1, RATE), np.float32), RATE)
    count = {"silent": 0, "few": LEAST_WINDOWS - 1, "none": 0}[kind]
    with pytest.raises(AudioError, match=f"{count} windows with speech.*at least {LEAST_WINDOWS}"):
        adapt(untrained_model, chosen, tmp_path / "adapted")
    assert not (tmp_path / "adapted").exists()


def test_recordings_that_cannot_be_used_are_reported(
    untrained_model: Path, recordings: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    lines: list[Progress] = []
    adaptation = adapt(untrained_model, [broken, *recordings], tmp_path / "adapted", lines.append)
    assert adaptation.recordings == LEAST_WINDOWS
    assert [str(broken) in line.text for line in lines if line.text] == [True]


def test_a_full_folder_is_not_written_to(
    untrained_model: Path, recordings: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(StorageError, match="not an empty folder"):  # before any recording is read
        adapt(untrained_model, [], tmp_path)
    with pytest.raises(StorageError, match="not an empty folder"):
        adapt(untrained_model, recordings, recordings[0].parent)


def test_a_folder_that_cannot_predict_is_refused(
    untrained_model: Path, recordings: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(ModelFolderError):
        adapt(tmp_path / "absent", recordings, tmp_path / "adapted")
    assert (
        EmotionModel.load(untrained_model, threads=1).adapted(None).specification.adaptation is None
    )
