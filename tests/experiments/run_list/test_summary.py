from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.scores import Score
from emotion_classifier.evaluation.uncertainty import Estimate, Interval
from emotion_classifier.experiments.run_list.summary import (
    FIGURE,
    FinishedRun,
    UnfinishedRun,
    by_validation,
    summary_table,
    write_summary,
)
from emotion_classifier.runs.history import EpochRow


def finished(label: str, validation_uar: float, test_uar: float) -> FinishedRun:
    """A run of two epochs of 30 s."""
    scores = dict.fromkeys(METRICS, math.nan) | {"uar": validation_uar}
    history = [EpochRow(epoch, 1.0, 1.1, scores, scores, 1e-3, 30.0) for epoch in (1, 2)]
    estimates = [Estimate(test_uar, Interval(test_uar - 0.1, test_uar + 0.1)) for _ in METRICS]
    test = Score.of("this model", 40, 4, estimates)
    differences = {"seed": 1} if label == "b" else {}
    return FinishedRun(label, Path("r", label), differences, 1234, history, 2, validation_uar, test)


FAILED = UnfinishedRun("c", {"seed": 2}, "no folder x: name another\nmore")


def test_runs_are_sorted_by_their_validation_score() -> None:
    runs = [finished("a", 0.5, 0.9), finished("none", math.nan, 0.95), finished("b", 0.6, 0.4)]
    assert [run.label for run in by_validation(runs)] == ["b", "a", "none"]


def test_the_table_has_finished_and_failed_runs() -> None:
    table = summary_table([finished("b", 0.6, 0.4)], [FAILED])
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert (row["run"], row["differences"], row["parameters"]) == ("b", "seed=1", "1,234")
    assert (row["epochs"], row["minutes"]) == ("2 of 2", "1.0")
    assert (row["validation UAR"], row["test UAR"]) == ("60.0%", "40.0%")
    assert row["95% interval"] == "30.0 to 50.0"
    assert table.rows[1][:2] == ("c", "seed=2")
    assert table.notes[-1] == "c failed: no folder x: name another"


def test_of_a_traceback_the_table_has_the_last_line() -> None:
    text = "Traceback (most recent call last):\n  File ...\nZeroDivisionError: division by zero\n"
    assert summary_table([], [UnfinishedRun("c", {}, text)]).notes[-1] == (
        "c failed: ZeroDivisionError: division by zero"
    )


def test_the_files_have_unrounded_numbers_and_a_figure(tmp_path: Path) -> None:
    write_summary(tmp_path, [finished("b", 0.6, 0.4)], [FAILED])
    with (tmp_path / "summary.csv").open(newline="", encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert first["folder"] == str(Path("r", "b")) and first["error"] == ""
    assert float(first["test_uar"]) == 0.4
    assert float(first["test_uar_low"]) == pytest.approx(0.3)
    assert (first["seed"], second["seed"]) == ("1", "2")
    assert second["test_uar"] == "" and second["error"] == "no folder x: name another"
    assert "| b | seed=1 |" in (tmp_path / "summary.md").read_text("utf-8")
    assert (tmp_path / FIGURE).read_bytes().startswith(b"\x89PNG")


def test_where_all_runs_failed_there_is_no_figure(tmp_path: Path) -> None:
    write_summary(tmp_path, [], [FAILED])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["summary.csv", "summary.md"]
