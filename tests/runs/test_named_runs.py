from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.errors import RunError
from emotion_classifier.runs.named_runs import find_named_run, run_names


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("first/cnn", "first/lstm", "second/cnn"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "config.yml").touch()
    (tmp_path / "runs" / "file").touch()
    return tmp_path / "runs"


def test_a_run_is_found_by_label_or_by_experiment_and_label(root: Path) -> None:
    assert find_named_run("lstm", root) == root / "first" / "lstm"
    assert find_named_run("second/cnn", root) == root / "second" / "cnn"
    assert find_named_run("first", root) is None
    assert find_named_run("absent", root) is None
    assert find_named_run("lstm", root / "absent") is None


def test_a_label_of_two_experiments_is_refused(root: Path) -> None:
    with pytest.raises(RunError, match=r"several runs are named cnn: .*first.*second"):
        find_named_run("cnn", root)


def test_a_run_is_found_by_its_name_in_a_summary(root: Path) -> None:
    folders = f"earlier,{root / 'first' / 'lstm'}\nlost,{root / 'absent'}\nfailed,\n"
    (root / "second" / "summary.csv").write_text(f"label,folder\n{folders}", "utf-8")
    assert find_named_run("earlier", root) == root / "first" / "lstm"
    assert find_named_run("lost", root) is None
    assert find_named_run("failed", root) is None
    assert find_named_run("lstm", root) == root / "first" / "lstm"


def test_other_folders_are_runs_by_the_files_that_they_have(root: Path) -> None:
    folder = root / "second" / "cnn-folds"
    folder.mkdir()
    (folder / "predictions.csv").touch()
    assert find_named_run("cnn-folds", root) is None
    assert find_named_run("cnn-folds", root, ("predictions.csv",)) == folder
    assert {"second/cnn-folds", "cnn-folds"} <= set(run_names(root))


def test_another_table_of_this_name_names_no_run(root: Path) -> None:
    (root / "second" / "summary.csv").write_text("a;b\n1;2\n", "utf-8")
    assert find_named_run("1", root) is None
