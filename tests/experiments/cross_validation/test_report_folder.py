from __future__ import annotations

from pathlib import Path

from emotion_classifier.config import parse_config
from emotion_classifier.experiments.cross_validation.report_folder import (
    report_folder,
    write_report_settings,
)
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.runs.run_folder import RunFolder


def _config(seed: int) -> RunConfig:
    settings = {
        "experiment": "x",
        "label": "a",
        "seed": seed,
        "corpora": [{"kind": "ravdess", "path": "absent"}],
        "split": {"kind": "k_fold", "folds": 2, "fold": 1},
        "model": {"frontend": {"kind": "log_mel"}, "network": {"kind": "cnn"}},
    }
    return parse_config(RunConfig, settings, "test")


def test_a_report_replaces_only_one_of_the_same_settings_and_of_no_other_runs(
    tmp_path: Path,
) -> None:
    reported: dict[Path, list[str]] = {}

    def folder(seed: int, *names: str) -> Path:
        runs = [RunFolder(tmp_path / "x" / name) for name in names]
        return report_folder(
            _config(seed), "seeds", runs, lambda path: reported.get(path, []), tmp_path
        )

    first = tmp_path / "x" / "a-seeds"
    assert folder(0, "a-fold1", "a-fold2") == first
    first.mkdir(parents=True)
    write_report_settings(_config(0), first)
    reported[first] = ["a-fold1", "a-fold2"]
    assert folder(0, "a-fold1", "a-fold2", "a-fold3") == first
    assert folder(0, "a-fold1") == tmp_path / "x" / "a-seeds-2"
    assert folder(1, "a-fold1", "a-fold2") == tmp_path / "x" / "a-seeds-2"


def test_a_run_of_that_name_keeps_its_predictions(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "x" / "a-seeds")
    run.path.mkdir(parents=True)
    run.split.write_text("utterance,part\n")
    folder = report_folder(_config(0), "seeds", [], lambda _: [], tmp_path)
    assert folder == tmp_path / "x" / "a-seeds-2"
