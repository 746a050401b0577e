"""`emotion recipes`, and names of recipes instead of settings files."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Command

from emotion_classifier.cli.settings import read_run_config
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.recipes import recipe_file, recipe_names


def test_every_recipe_is_listed_with_a_description(emotion: Command) -> None:
    lines = emotion("recipes", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == recipe_names()
    assert all(len(line.split()) > 3 for line in lines)


def test_show_prints_the_file(emotion: Command) -> None:
    assert emotion("recipes", "show", "toy").out == recipe_file("toy").read_text("utf-8")


def test_copy_writes_a_new_file_and_replaces_none(emotion: Command, tmp_path: Path) -> None:
    assert emotion("recipes", "copy", "toy", tmp_path).code == 0
    copied = tmp_path / "toy.yml"
    assert copied.read_bytes() == recipe_file("toy").read_bytes()
    copied.write_text("mine")
    ended = emotion("recipes", "copy", "toy", copied)
    assert (ended.code, copied.read_text()) == (2, "mine")
    assert str(copied) in ended.error


def test_an_unknown_recipe_is_an_error(emotion: Command) -> None:
    ended = emotion("recipes", "show", "tay")
    assert (ended.code, ended.out) == (2, "")
    assert "'toy'" in ended.error


def test_a_recipe_is_found_by_name_unless_a_file_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_run_config(["toy", "training.epochs=2"]).experiment == "demo"
    (tmp_path / "toy").write_text("experiment: mine\ncorpora: [{kind: toy, path: data}]\n")
    assert read_run_config(["toy"]).experiment == "mine"


@pytest.mark.parametrize("written", ["ravdes_cnn", "configs/recipes/ravdess_cnn.yml"])
def test_an_unknown_settings_file_is_an_error_with_the_nearest_recipe(
    written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="'ravdess_cnn'"):
        read_run_config([written])
