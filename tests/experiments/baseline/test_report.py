from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from tests.experiments.progress_log import ProgressLog

from emotion_classifier.errors import EvaluationError, MissingDependencyError, RunError
from emotion_classifier.experiments.baseline.opensmile import LICENCE
from emotion_classifier.experiments.baseline.report import add_baselines
from emotion_classifier.runs.predictions_file import read_predictions

pytest.importorskip("opensmile")
pytest.importorskip("sklearn")


@pytest.fixture(autouse=True)
def cache(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same cache as that of the runs."""
    monkeypatch.setenv("EMOTION_CACHE", environment["EMOTION_CACHE"])


def copied(finished_run: Path, folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names or ("config.yml", "split.csv", "predictions.csv"):
        shutil.copy(finished_run / name, folder)
    return folder


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> Path:
    return copied(finished_run, tmp_path / "toy" / "tiny")


def swapped(run: Path, folder: Path) -> Path:
    """The run with its test and validation parts exchanged: another fold, not scored."""
    copied(run, folder, "config.yml")
    text = (run / "split.csv").read_text("utf-8")
    other = text.replace(",test,", ",?,").replace(",validation,", ",test,")
    (folder / "split.csv").write_text(other.replace(",?,", ",validation,"), "utf-8")
    return folder


def test_a_run_gets_a_report_and_a_comparison(run: Path, log: ProgressLog) -> None:
    assert add_baselines([run], "egemaps", log) == [run / "baseline-egemaps"]
    assert {path.name for path in (run / "baseline-egemaps").iterdir()} == {
        "predictions.csv",
        "report.html",
        "report.json",
    }
    report = json.loads((run / "baseline-egemaps" / "report.json").read_text("utf-8"))
    own = read_predictions(run / "predictions.csv")
    assert (
        report["overall"]["clips"]
        == len(own)
        == len(read_predictions(run / "baseline-egemaps" / "predictions.csv"))
    )
    assert report["facts"]["licence of openSMILE"] == LICENCE
    assert "88 functionals of eGeMAPS v02" in report["facts"]["features"]
    assert "24 clips" in report["facts"]["trained on"]
    assert {row["score"]["name"] for row in report["baselines"]} >= {"majority", "duration only"}
    printed = log.text
    assert LICENCE in printed
    assert "tiny over eGeMAPS v02" in printed


def test_a_run_that_is_not_scored_has_no_comparison(run: Path, log: ProgressLog) -> None:
    (run / "predictions.csv").unlink()
    add_baselines([run], "egemaps", log)
    assert (run / "baseline-egemaps" / "report.json").is_file()
    assert "no comparison: " in log.text
    assert " over " not in log.text


def test_predictions_of_other_clips_are_not_compared(
    run: Path, finished_run: Path, tmp_path: Path, log: ProgressLog
) -> None:
    other = swapped(run, tmp_path / "toy" / "other")
    shutil.copy(run / "predictions.csv", other)
    with pytest.raises(EvaluationError, match="compare runs on the same test part"):
        add_baselines([other], "egemaps", log)


def test_folds_get_a_common_report(run: Path, tmp_path: Path, log: ProgressLog) -> None:
    folds = [
        copied(run, tmp_path / "toy" / "cnn-fold1"),
        swapped(run, tmp_path / "toy" / "cnn-fold2"),
    ]
    folders = add_baselines([*folds, folds[0]], "egemaps", log)
    common = tmp_path / "toy" / "cnn-folds" / "baseline-egemaps"
    assert folders == [*(fold / "baseline-egemaps" for fold in folds), common]
    apart = [read_predictions(folder / "predictions.csv") for folder in folders[:2]]
    together = read_predictions(common / "predictions.csv")
    assert together.ids == apart[0].ids + apart[1].ids
    report = json.loads((common / "report.json").read_text("utf-8"))
    assert report["overall"]["clips"] == len(together)
    assert report["overall"]["uar"]["interval"] is not None
    assert {"cnn-fold1", "cnn-fold2", "mean of the folds"} <= report["facts"].keys()
    assert {row["score"]["name"] for row in report["baselines"]} >= {"majority", "duration only"}
    assert "cnn-fold1 over eGeMAPS v02" in log.text
    assert "cnn-folds over" not in log.text  # the second fold is not scored yet


def test_runs_of_different_cross_validations_get_no_common_report(
    run: Path, tmp_path: Path, log: ProgressLog
) -> None:
    other = copied(run, tmp_path / "toy" / "cnn-fold1")
    folders = add_baselines([run, other], "egemaps", log)
    assert folders == [run / "baseline-egemaps", other / "baseline-egemaps"]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("tiny/model", "give runs/<experiment>/<label>"), ("cnn-folds", r"cnn-fold\[0-9\]\*")],
)
def test_another_folder_is_refused_before_any_work(
    name: str, remedy: str, run: Path, log: ProgressLog
) -> None:
    with pytest.raises(RunError, match=f"is not the folder of a run.*{remedy}"):
        add_baselines([run, run.parent / name], "egemaps", log)
    assert not (run / "baseline-egemaps").exists()


@pytest.mark.parametrize("library", ["opensmile", "sklearn"])
def test_a_missing_library_is_reported_before_any_work(
    library: str, run: Path, log: ProgressLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(
        MissingDependencyError, match=rf'{library}.*"emotion_classifier\[baseline\]"'
    ):
        add_baselines([run], "egemaps", log)
    assert log.text == ""
