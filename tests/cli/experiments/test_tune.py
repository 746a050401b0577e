from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Command

SETTINGS = """
study: tuned
base: toy
search_space:
  training.learning_rat: {kind: uniform, low: 0.1, high: 1}
"""
MODULES = ("optuna_study.samplers", "optuna_study.study", "optuna_study.storage", "tune")


def test_a_mistake_in_the_settings_is_reported_before_the_first_trial(
    emotion: Command, tmp_path: Path
) -> None:
    path = tmp_path / "tune.yml"
    path.write_text(SETTINGS, "utf-8")
    ended = emotion("tune", path, "--runs", tmp_path / "runs")
    assert ended.code == 2
    assert "tune.yml:5: training.learning_rat" in ended.error
    assert not (tmp_path / "runs").exists()


def test_a_missing_file_is_reported(emotion: Command, tmp_path: Path) -> None:
    ended = emotion("tune", tmp_path / "none.yml")
    assert ended.code == 2 and "no settings file" in ended.error


def test_without_optuna_the_extra_is_named(
    emotion: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in MODULES:
        monkeypatch.delitem(
            sys.modules, f"emotion_classifier.experiments.tuning.{name}", raising=False
        )
    for name in [name for name in sys.modules if name.partition(".")[0] == "optuna"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "optuna", None)
    ended = emotion("tune", tmp_path / "tune.yml")
    assert ended.code == 2
    assert "optuna" in ended.error and "tune" in ended.error and "pip install" in ended.error
