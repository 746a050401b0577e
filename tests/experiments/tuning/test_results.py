from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.experiments.tuning.conftest import RATE, SIZE

from emotion_classifier.config import load_config
from emotion_classifier.experiments.recipes import recipe_file
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.tuning.config import TuningConfig
from emotion_classifier.experiments.tuning.records import TrialRecord, best_trial, count_states
from emotion_classifier.experiments.tuning.results import StudyFolder, summary
from emotion_classifier.runs.run_folder import RunFolder

RECORDS = (
    TrialRecord(0, "complete", {RATE: 0.01, SIZE: 8}, 0.5, {1: 0.4, 10: 0.5}, 3.0),
    TrialRecord(2, "complete", {RATE: 0.02, SIZE: 4}, 0.7, {1: 0.6, 10: 0.7}, 3.0),
    TrialRecord(3, "pruned", {RATE: 0.03, SIZE: 4}, None, {1: 0.1, 2: 0.2}, 1.0),
    TrialRecord(4, "failed", {RATE: 0.04, SIZE: 4}, None, {}, 1.0, "no | memory\nleft"),
)


def test_the_best_trial_is_complete() -> None:
    best = best_trial(RECORDS, "uar")
    assert best is not None and best.number == 2
    assert best_trial(RECORDS[2:], "uar") is None
    assert count_states(RECORDS) == "2 complete, 1 pruned, 1 failed"


def test_trials_are_a_table_and_a_figure(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.write_trials(RECORDS, "uar")
    folder.write_importances({RATE: 0.75, SIZE: 0.25})
    with folder.trials.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["trial"] for row in rows] == ["0", "2", "3", "4"]
    assert [row["validation_uar"] for row in rows] == ["0.5", "0.7", "0.2", ""]
    assert rows[1][RATE] == "0.02" and rows[3]["error"] == "no | memory\nleft"
    for name in ("history.png", "importance.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_no_importances_make_no_figure(tmp_path: Path) -> None:
    StudyFolder(tmp_path).write_importances({})
    assert not (tmp_path / "importance.png").exists()


def test_the_best_settings_are_a_recipe(tmp_path: Path) -> None:
    config = load_config(RunConfig, recipe_file("toy"), ["training.epochs=7"])
    folder = StudyFolder(tmp_path)
    folder.write_best(config, "Trial 2, the best.")
    assert folder.best.read_text("utf-8").startswith("# Trial 2, the best.\n")
    assert load_config(RunConfig, folder.best) == config


def test_the_summary_has_both_scores(config: TuningConfig, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "best-2")
    run.path.mkdir()
    estimate = {"value": 0.6, "interval": {"low": 0.55, "high": 0.65}}
    overall = {"name": "model", "clips": 90, "speakers": 9, "uar": estimate}
    run.report.write_text(json.dumps({"overall": overall}), "utf-8")
    text = summary(config, RECORDS, {RATE: 0.75, SIZE: 0.25}, run, 12)
    assert "**UAR 60.0%**" in text and "55.0 to 65.0" in text and "9 speakers" in text
    assert "trial 2, 70.0%" in text and "the best of 2" in text
    assert "12 speakers" in text and "2 complete, 1 pruned, 1 failed" in text
    assert f"| {RATE} |" in text and "| 0.02 | 75% |" in text
    assert "- trial 4: no | memory left" in text
    assert "same test part" not in text
    first = RunFolder(tmp_path / "best")
    first.path.mkdir()
    first.report.touch()
    assert "(best) were scored on the same test part" in summary(config, RECORDS, {}, run, 12)
