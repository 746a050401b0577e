from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from emotion_classifier.errors import ModelFolderError
from emotion_classifier.inference import bundled
from emotion_classifier.inference.bundled import bundled_model, model_folder
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.models.folder import WEIGHTS, read_specification, write_specification


@pytest.fixture
def root(untrained_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Bundled models: `default` alone, without weights."""
    folder = tmp_path / "bundled"
    shutil.copytree(untrained_model, folder / "default", ignore=shutil.ignore_patterns(WEIGHTS))
    write_specification(folder / "default", read_specification(untrained_model))
    monkeypatch.setattr(bundled_model, "__defaults__", ("default", folder))
    return folder


def test_the_bundled_model_is_taken_where_none_is_named(root: Path) -> None:
    assert bundled_model() == root / "default" == model_folder(None) == model_folder("default")
    assert Predictor.load().specification.name == "untrained"


def test_a_copy_without_it_says_what_to_do(root: Path) -> None:
    with pytest.raises(ModelFolderError, match=r"'crema_d'.*make bundled-model.*--model"):
        model_folder("crema_d")


def test_a_folder_of_that_name_comes_before_the_bundled_model(
    root: Path, untrained_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(untrained_model, tmp_path / "crema_d")
    assert model_folder("crema_d") == Path("crema_d")
    with pytest.raises(ModelFolderError, match="does not exist"):
        model_folder(tmp_path / "nowhere")


def test_it_lies_inside_the_package() -> None:
    package = Path(bundled.__file__).resolve().parents[1]
    assert package / "bundled" == bundled.BUNDLED
    assert (package / "py.typed").is_file()
