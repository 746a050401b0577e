from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.errors import RunError
from emotion_classifier.experiments.baseline.opensmile_svm import (
    BaselineResult,
    evaluate_baseline,
)
from emotion_classifier.experiments.data.config import saved_data_config
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


def evaluated(path: Path) -> BaselineResult:
    folder = RunFolder(path)
    return evaluate_baseline(folder, saved_data_config(folder), "egemaps")


def change_split(path: Path, rule: dict[str, str], emotion: str | None = None) -> None:
    """Parts by `rule`, of one emotion only or of all."""
    with (path / "split.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    for row in rows:
        if row[1] in rule and (emotion is None or row[6] == emotion):
            row[1] = rule[row[1]]
    with (path / "split.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def test_the_test_part_is_that_of_the_run(run: Path, finished_run: Path) -> None:
    result = evaluated(run)
    own = read_predictions(finished_run / "predictions.csv")
    assert result.predictions.ids == own.ids
    assert result.predictions.speakers == own.speakers
    np.testing.assert_array_equal(result.predictions.true, own.true)
    np.testing.assert_array_equal(result.predictions.durations_seconds, own.durations_seconds)
    assert result.predictions.correct.mean() > 0.6  # guessing gives a third
    np.testing.assert_allclose(result.predictions.probabilities.sum(axis=1), 1.0, rtol=1e-5)


def test_the_same_run_gives_the_same_predictions(run: Path) -> None:
    first, second = evaluated(run), evaluated(run)
    np.testing.assert_array_equal(first.predictions.probabilities, second.predictions.probabilities)
    assert first.temperature == second.temperature


def test_the_validation_part_changes_the_temperature_only(run: Path) -> None:
    whole = evaluated(run)
    change_split(run, {"validation": ""})
    without = evaluated(run)
    np.testing.assert_array_equal(whole.predictions.predicted, without.predictions.predicted)
    assert without.temperature == 1.0 != whole.temperature


def test_only_the_training_part_is_fitted(run: Path) -> None:
    assert len(evaluated(run).training.emotions) == 24
    change_split(run, {"validation": "train"})
    assert len(evaluated(run).training.emotions) == 30


def test_a_training_part_of_one_emotion_is_refused(run: Path) -> None:
    change_split(run, {"train": ""}, "happy")
    change_split(run, {"train": ""}, "angry")
    with pytest.raises(RunError, match=r"split\.csv holds fewer than two emotions"):
        evaluated(run)


def test_an_emotion_without_training_clips_is_never_predicted(run: Path) -> None:
    change_split(run, {"train": ""}, "happy")
    result = evaluated(run)
    happy = result.predictions.labels.index("happy")
    assert happy in result.predictions.true
    assert happy not in result.predictions.predicted


def test_a_missing_clip_is_named(run: Path) -> None:
    with (run / "split.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    rows.append(["toy/99_happy_0", "test", "", "toy", "99", "", "happy"])
    with (run / "split.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(
        RunError, match=r"1 clips of .*split\.csv cannot be used any more, first toy/99"
    ):
        evaluated(run)
