from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.cli.experiments.study import _read, study
from emotion_classifier.errors import ConfigError

STUDY = Path(__file__).parents[3] / "configs" / "studies" / "normalization.yml"


def test_settings_of_all_runs_and_folds_are_taken_from_the_command() -> None:
    found = _read(STUDY, ["training.epochs=3", "corpora.0.path=elsewhere"], [2])
    assert found.settings["training.epochs"] == 3
    assert found.settings["corpora.0.path"] == "elsewhere"
    assert found.folds == (2,)


def test_without_options_the_file_decides() -> None:
    found = _read(STUDY, [], None)
    assert found.folds is None and found.settings["training.epochs"] == 12


def test_a_study_needs_a_file() -> None:
    with pytest.raises(ConfigError, match="name the file"):
        study(["training.epochs=3"])


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ConfigError, match=r"nothing\.yml"):
        study(["nothing.yml"])
