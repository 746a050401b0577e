from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.compatibility.conftest import DATA

from emotion_classifier.errors import RunError
from emotion_classifier.evaluation.baselines import DURATION_ONLY, MAJORITY
from emotion_classifier.evaluation.fold_scores import fold_scores
from emotion_classifier.evaluation.report.page import write_report
from emotion_classifier.evaluation.report.report import make_report
from emotion_classifier.experiments.evaluate.rebuild import rebuild_report
from emotion_classifier.experiments.evaluate.report_facts import selection_text
from emotion_classifier.runs.predictions_file import read_predictions, write_predictions

RUNS = DATA / "runs" / "toy"
WRITTEN = ("report.html", "report.md", "report.json")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A copy of a run of an earlier version; its corpus is not there."""
    return Path(shutil.copytree(RUNS / "tiny-fold1", tmp_path / "tiny-fold1"))


def content(folder: Path) -> Any:
    return json.loads((folder / "report.json").read_text())


def test_a_run_without_its_corpus_gets_its_report_again(run: Path) -> None:
    before = content(run)
    report = rebuild_report(run)
    after = content(run)
    assert all((run / name).is_file() for name in WRITTEN)
    for key in ("title", "labels", "confusion", "target"):
        assert after[key] == before[key]
    assert after["overall"]["uar"]["value"] == before["overall"]["uar"]["value"]
    names = [one.score.name for one in report.baselines]
    assert names[:3] == ["chance", MAJORITY, DURATION_ONLY]
    assert after["baselines"][1] == before["baselines"][1]
    assert after["corpora"][0]["baselines"][1]["score"]["name"] == MAJORITY
    assert len(after["history"]) == 12 and after["origin"]["seed"] == "0"
    provenance = report.provenance
    assert {"config.yml", "split.csv", "model/model.onnx"} <= provenance.files.keys()
    assert provenance.efficiency.parameters == 599
    assert [one.speech for one in provenance.corpora] == ["synthetic voices"]
    assert any("baselines" in text for text in provenance.not_rebuilt)


def test_a_second_rebuild_changes_only_its_date(run: Path) -> None:
    rebuild_report(run)
    first = content(run)
    rebuild_report(run)
    second = content(run)
    del first["provenance"]["rebuilt"], second["provenance"]["rebuilt"]
    assert second == first


def test_warnings_are_kept_and_those_of_scores_derived_anew(run: Path) -> None:
    before = content(run)
    before["warnings"] = ["Leak: speaker 1.", "The model is not better than the baseline 'old'."]
    (run / "report.json").write_text(json.dumps(before))
    warnings = rebuild_report(run).warnings
    assert warnings[0] == "Leak: speaker 1."
    assert not any("'old'" in warning for warning in warnings)


def test_changed_predictions_change_the_scores(run: Path) -> None:
    clips = read_predictions(run / "predictions.csv")
    write_predictions(run / "predictions.csv", clips.select(clips.correct))
    assert rebuild_report(run).overall["uar"].value == 1.0


def test_a_run_without_a_report_gets_one_without_trained_baselines(run: Path) -> None:
    (run / "report.json").unlink()
    report = rebuild_report(run)
    assert report.title == "toy / tiny-fold1" or report.title.endswith("tiny-fold1")
    assert MAJORITY not in [one.score.name for one in report.baselines]
    assert report.rejection.threshold == pytest.approx(0.5201541781425476)
    assert any(text.startswith("Missing: the baselines") for text in report.provenance.not_rebuilt)


def test_a_cross_validation_keeps_its_facts(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(RUNS / "tiny-folds", tmp_path / "tiny-folds"))
    before = content(folder)
    report = rebuild_report(folder)
    assert report.facts == before["facts"] and report.title == before["title"]
    assert content(folder)["rejection"] == before["rejection"]


def test_the_lost_calibration_of_folds_is_named(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(RUNS / "tiny-folds", tmp_path / "tiny-folds"))
    clips = read_predictions(folder / "predictions.csv")
    folds = fold_scores({"fold 1": [clips]}, {"fold 1": ["tiny-fold1"]}, np.random.default_rng(0))
    write_report(make_report(clips, title="folds", temperature=2.0, folds=folds), folder)
    report = rebuild_report(folder)
    assert report.folds is not None and report.temperature is None
    assert any("before and after the temperature" in text for text in report.provenance.not_rebuilt)


def test_thresholds_of_folds_are_kept(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(RUNS / "tiny-folds", tmp_path / "tiny-folds"))
    before = content(folder)
    before["rejection"] = {"threshold": None, "coverage": 0.75, "accuracy": 0.5}
    (folder / "report.json").write_text(json.dumps(before))
    assert rebuild_report(folder).rejection.coverage == 0.75
    assert content(folder)["rejection"] == before["rejection"]


def test_folders_without_predictions_are_refused_with_a_remedy(run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not a folder"):
        rebuild_report(tmp_path / "missing")
    (run / "predictions.csv").unlink()
    with pytest.raises(RunError, match="--resume"):
        rebuild_report(run)
    (run / "config.yml").unlink()
    with pytest.raises(RunError, match="emotion evaluate"):
        rebuild_report(run)
    (run / "corpus_matrix.json").touch()
    with pytest.raises(RunError, match="left-out corpora"):
        rebuild_report(run)


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        ({}, "epoch with the highest UAR"),
        ({"monitor": "loss"}, "epoch with the lowest loss"),
        ({"keep": "last"}, "last epoch"),
        ({"keep": "average", "average_best": 5}, "5 epochs with the highest UAR"),
    ],
)
def test_the_selection_is_named(training: dict[str, object], expected: str) -> None:
    assert expected in selection_text({"training": training})


@pytest.mark.parametrize(
    ("start", "kept"),
    [
        (
            {"path": "x", "kept_share": 0.25},
            ", mixed with a share of 0.25 of those before training",
        ),
        ({"path": "x", "kept_share": 0.25, "enabled": False}, ""),
        ({"path": "x"}, ""),
        (None, ""),
    ],
)
def test_the_selection_names_the_share_that_is_kept(start: object, kept: str) -> None:
    settings = {"training": {"keep": "last"}, "pretrained_weights": start}
    assert selection_text(settings) == f"the weights of the last epoch{kept}"
