from __future__ import annotations

from pathlib import Path

import pytest
from tests.experiments.compare.conftest import WriteRun

from emotion_classifier.errors import RunError
from emotion_classifier.experiments.compare.runs import open_runs


def test_runs_are_found_by_folder_by_label_and_by_experiment(
    write_run: WriteRun, tmp_path: Path
) -> None:
    a, b = write_run("x/a"), write_run("x/b", seed=1)
    write_run("y/b", seed=2)
    found = open_runs([str(a), "x/b", "y/b"], tmp_path / "runs")
    assert [run.name for run in found] == ["x/a", "x/b", "y/b"]
    assert [run.folder for run in found][:2] == [a, b]
    assert [run.name for run in open_runs(["a", "x/b"], tmp_path / "runs")] == ["a", "b"]


def test_a_missing_run_is_refused_with_a_near_name(write_run: WriteRun, tmp_path: Path) -> None:
    write_run("x/small-cnn")
    with pytest.raises(RunError, match=r"no run smal-cnn: .*small-cnn"):
        open_runs(["small-cnn", "smal-cnn"], tmp_path / "runs")


def test_a_label_of_several_runs_is_refused(write_run: WriteRun, tmp_path: Path) -> None:
    write_run("x/a")
    write_run("y/a")
    with pytest.raises(RunError, match="label of several runs: give x/a or y/a"):
        open_runs(["a"], tmp_path / "runs")


def test_a_run_given_twice_is_refused(write_run: WriteRun, tmp_path: Path) -> None:
    a = write_run("x/a")
    with pytest.raises(RunError, match="is given twice"):
        open_runs([str(a), "a"], tmp_path / "runs")


def test_an_unfinished_run_and_another_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="give the folder of a run"):
        open_runs([str(tmp_path)], tmp_path)
    (tmp_path / "config.yml").write_text("")
    with pytest.raises(RunError, match=r"not finished\. Continue it with `emotion train --resume"):
        open_runs([str(tmp_path)], tmp_path)
