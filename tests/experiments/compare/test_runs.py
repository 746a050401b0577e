from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.experiments.compare.conftest import WriteRun

from emotion_classifier.errors import RunError
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.report.seeds_page import write_seed_scores
from emotion_classifier.evaluation.seed_scores import seed_scores
from emotion_classifier.experiments.compare.compare import compare_runs
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
    with pytest.raises(RunError, match=r"several runs are named a: .*Name one as experiment/label"):
        open_runs(["a"], tmp_path / "runs")


def test_a_run_is_found_by_its_name_in_a_summary(write_run: WriteRun, tmp_path: Path) -> None:
    a = write_run("x/a")
    (tmp_path / "runs" / "y").mkdir()
    (tmp_path / "runs" / "y" / "summary.csv").write_text(f"label,folder\nearlier,{a}\n", "utf-8")
    (found,) = open_runs(["earlier"], tmp_path / "runs")
    assert found.folder == a
    with pytest.raises(RunError, match=r"no run earlyer: .*earlier"):
        open_runs(["earlyer"], tmp_path / "runs")


def test_the_predictions_of_each_seed_are_read(
    write_run: WriteRun, make_clips: Callable[..., LabelledPredictions], tmp_path: Path
) -> None:
    clips = {seed: make_clips(8, 20, seed=seed) for seed in (0, 1)}
    for name, seed in (("x/a-folds", 0), ("x/a-seed1-folds", 1)):
        write_run(name, seed=seed)
    folder = tmp_path / "runs" / "x" / "a-seeds"
    folder.mkdir()
    scores = seed_scores(
        {seed: {"fold 1": own} for seed, own in clips.items()},
        {0: {"fold 1": "a-fold1"}, 1: {"fold 1": "a-seed1-fold1"}},
        title="a",
        facts={"seed 0": "a-folds", "seed 1": "a-seed1-folds"},
    )
    write_seed_scores(scores, folder)
    (found,) = open_runs(["a-seeds"], tmp_path / "runs")
    assert isinstance(found.predictions, list)
    for table, own in zip(found.predictions, clips.values(), strict=True):
        assert table.predicted.tolist() == own.predicted.tolist()
    assert compare_runs([found, replace(found, name="again")]).seeds == 2


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
