from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.report.comparison_report import Efficiency
from emotion_classifier.experiments.compare.efficiency import read_efficiency
from emotion_classifier.model_folder.folder import read_specification
from emotion_classifier.runs.history import EpochRow, write_history


def _write_run(folder: Path, model: Path, seconds: float, share: float) -> Path:
    shutil.copytree(model, folder / "model")
    write_history(
        folder / "history.csv",
        [
            EpochRow(
                n,
                1,
                1,
                {"uar": 0.5, "accuracy": 0.5, "macro_f1": 0.5},
                {"uar": 0.5, "accuracy": 0.5, "macro_f1": 0.5},
                0.1,
                seconds,
            )
            for n in (1, 2)
        ],
    )
    rejection = {"threshold": 0.1, "coverage": 1.0, "accuracy": 1.0}
    provenance = {"efficiency": {"seconds_per_second": share}}
    report = {"format": 1, "title": "", "rejection": rejection, "provenance": provenance}
    (folder / "report.json").write_text(json.dumps(report))
    return folder


def _write_common_report(folder: Path, runs: str) -> Path:
    folder.mkdir()
    rejection = {"threshold": None, "coverage": 1.0, "accuracy": 1.0}
    report = {"format": 1, "title": "", "rejection": rejection, "facts": {"runs": runs}}
    (folder / "report.json").write_text(json.dumps(report))
    return folder


def test_costs_of_a_run(untrained_model: Path, tmp_path: Path) -> None:
    found = read_efficiency(_write_run(tmp_path / "run", untrained_model, 30.0, 0.02))
    specification = read_specification(untrained_model)
    files = sum((untrained_model / name).stat().st_size for name in specification.files)
    assert found.parameters == specification.parameters
    assert found.model_megabytes == files / 1e6
    assert (found.training_seconds, found.prediction_share) == (60.0, 0.02)


def test_costs_of_a_cross_validation_are_those_of_its_folds(
    untrained_model: Path, tmp_path: Path
) -> None:
    for number, share in ((1, 0.01), (2, 0.03)):
        _write_run(tmp_path / f"cnn-fold{number}", untrained_model, 10.0, share)
    _write_run(tmp_path / "cnn-fold1-2", untrained_model, 500.0, 1.0)
    common = _write_common_report(tmp_path / "cnn-folds", "runs/toy/cnn-fold1, runs/toy/cnn-fold2")
    found = read_efficiency(common)
    assert found.training_seconds == 40.0
    assert found.prediction_share == pytest.approx(0.02)
    assert found.model_megabytes == read_efficiency(tmp_path / "cnn-fold1").model_megabytes


def test_a_missing_fold_leaves_the_training_time_unknown(
    untrained_model: Path, tmp_path: Path
) -> None:
    _write_run(tmp_path / "cnn-speaker-07", untrained_model, 10.0, 0.01)
    common = _write_common_report(tmp_path / "cnn-folds", "cnn-speaker-07, cnn-speaker-08")
    found = read_efficiency(common)
    assert found.training_seconds is None
    assert found.prediction_share == 0.01


def test_a_folder_of_predictions_alone_has_no_costs(tmp_path: Path) -> None:
    assert read_efficiency(tmp_path) == Efficiency()


def test_a_damaged_report_is_refused(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("[]")
    with pytest.raises(EvaluationError, match=r"report\.json"):
        read_efficiency(tmp_path)
