from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from emotion_classifier.audio.io import write_wav
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.predictions_file import read_predictions
from emotion_classifier.experiments.judging import judge, write_judgement
from emotion_classifier.inference.predictor import Predictor

RATE = 16_000


@pytest.fixture(scope="module")
def predictor(untrained_model: Path) -> Predictor:
    """Answers neutral where the mean of a waveform is above a half, sad elsewhere."""
    return Predictor.load(untrained_model, threads=1)


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=300)


@pytest.fixture
def clips(tmp_path: Path) -> list[Utterance]:
    """Three neutral and three sad clips, of which the model takes one sad one for neutral."""
    made = []
    for number, (emotion, mean) in enumerate(
        [("neutral", 0.8)] * 3 + [("sad", 0.1), ("sad", 0.1), ("sad", 0.8)]
    ):
        tone = mean + 0.1 * np.sin(np.arange(RATE) / 25)
        path = tmp_path / f"{number}.wav"
        write_wav(path, tone.astype(np.float32), RATE)
        made.append(Utterance(f"own/{number}", path, "own", f"s{number % 2}", emotion, sex="male"))
    return made


def test_every_clip_is_scored(
    predictor: Predictor, clips: list[Utterance], console: Console
) -> None:
    judgement = judge(predictor, clips, title="six clips", console=console)
    assert judgement.unanswered == ()
    assert judgement.scored.ids == tuple(clip.id for clip in clips)
    assert judgement.scored.speakers[:2] == ("own/s0", "own/s1")
    assert judgement.report.confusion.tolist() == [[3, 0], [1, 2]]
    assert judgement.report.warnings == ()
    assert judgement.report.facts["model"] == "untrained"


def test_what_the_model_cannot_answer_is_told_and_not_scored(
    predictor: Predictor, clips: list[Utterance], console: Console, tmp_path: Path
) -> None:
    clips[4].path.write_bytes(b"")
    judgement = judge(
        predictor, clips, title="five of six", console=console, warnings=["A warning."]
    )
    assert judgement.report.overall.clips == 5
    assert [problem.code for problem in judgement.unanswered] == ["empty-file"]
    first, second = judgement.report.warnings
    assert first == "A warning."
    assert second.startswith("1 of 6 clips could not be answered and are not scored, first ")

    folder = tmp_path / "new" / "folder"
    write_judgement(judgement, folder, console)
    assert read_predictions(folder / "predictions.csv").ids == judgement.scored.ids
    with (folder / "unanswered.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["file"], row["code"]) == (str(clips[4].path), "empty-file")
    assert isinstance(console.file, io.StringIO)
    assert second in console.file.getvalue()


def test_notes_of_the_model_stand_in_every_report(
    predictor: Predictor, clips: list[Utterance], console: Console
) -> None:
    noted = predictor.specification.model_copy(update={"notes": ("Leak: everything.",)})
    judgement = judge(Predictor(predictor._runtime, noted), clips, title="noted", console=console)
    assert judgement.report.warnings == ("Leak: everything.",)


def test_no_answer_at_all_is_an_error(
    predictor: Predictor, clips: list[Utterance], console: Console
) -> None:
    for clip in clips:
        clip.path.unlink()
    with pytest.raises(EvaluationError, match=r"none of 6 clips could be answered, first .*0\.wav"):
        judge(predictor, clips, title="nothing", console=console)
    with pytest.raises(EvaluationError, match="none of 0 clips"):
        judge(predictor, [], title="nothing", console=console)
