from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from emotion_classifier.errors import RunError
from emotion_classifier.experiments.baseline.opensmile_svm import (
    BaselineResult,
    evaluate_baseline,
)
from emotion_classifier.experiments.evaluate.evaluate_model import saved_data_config
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder

pytest.importorskip("opensmile")
pytest.importorskip("sklearn")


@pytest.fixture(autouse=True)
def cache(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same cache as that of the runs."""
    monkeypatch.setenv("EMOTION_CACHE", environment["EMOTION_CACHE"])


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> Path:
    """A run that was never trained: its settings and its split."""
    folder = tmp_path / "toy" / "tiny"
    folder.mkdir(parents=True)
    for name in ("config.yml", "split.csv"):
        shutil.copy(finished_run / name, folder)
    return folder


def answered(path: Path) -> BaselineResult:
    folder = RunFolder(path)
    console = Console(file=io.StringIO())
    return evaluate_baseline(folder, saved_data_config(folder), "egemaps", console)


def change_split(path: Path, rule: dict[str, str], emotion: str | None = None) -> None:
    """Parts by `rule`, of one emotion only or of all."""
    with (path / "split.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    for row in rows:
        if row[1] in rule and (emotion is None or row[6] == emotion):
            row[1] = rule[row[1]]
    with (path / "split.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def test_it_answers_the_clips_of_the_run_and_hears_the_voices_apart(
    run: Path, finished_run: Path
) -> None:
    answers = answered(run)
    own = read_predictions(finished_run / "predictions.csv")
    assert answers.scored.ids == own.ids
    assert answers.scored.speakers == own.speakers
    np.testing.assert_array_equal(answers.scored.true, own.true)
    np.testing.assert_array_equal(answers.scored.durations_seconds, own.durations_seconds)
    assert answers.scored.correct.mean() > 0.6  # guessing gives a third
    np.testing.assert_allclose(answers.scored.probabilities.sum(axis=1), 1.0, rtol=1e-5)


def test_it_answers_the_same_again(run: Path) -> None:
    first, second = answered(run), answered(run)
    np.testing.assert_array_equal(first.scored.probabilities, second.scored.probabilities)
    assert first.temperature == second.temperature


def test_the_validation_part_gives_the_temperature_and_no_answer(run: Path) -> None:
    whole = answered(run)
    change_split(run, {"validation": ""})
    without = answered(run)
    np.testing.assert_array_equal(whole.scored.predicted, without.scored.predicted)
    assert without.temperature == 1.0 != whole.temperature


def test_the_training_part_is_what_it_learns_from(run: Path) -> None:
    assert len(answered(run).training.emotions) == 24
    change_split(run, {"validation": "train"})
    assert len(answered(run).training.emotions) == 30


def test_a_training_part_of_one_emotion_is_refused(run: Path) -> None:
    change_split(run, {"train": ""}, "happy")
    change_split(run, {"train": ""}, "angry")
    with pytest.raises(RunError, match=r"split\.csv holds fewer than two emotions"):
        answered(run)


def test_an_emotion_that_the_training_part_lacks_is_never_answered(run: Path) -> None:
    change_split(run, {"train": ""}, "happy")
    answers = answered(run)
    happy = answers.scored.labels.index("happy")
    assert happy in answers.scored.true
    assert happy not in answers.scored.predicted


def test_a_clip_that_was_removed_is_named(run: Path) -> None:
    with (run / "split.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    rows.append(["toy/99_happy_0", "test", "", "toy", "99", "", "happy"])
    with (run / "split.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(
        RunError, match=r"1 clips of .*split\.csv cannot be used any more, first toy/99"
    ):
        answered(run)
