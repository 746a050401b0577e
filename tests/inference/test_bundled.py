"""The models in the package: found by name, and worth being there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import get_args

import numpy as np
import onnx
import pytest

from emotion_classifier.audio.waveform import Waveform
from emotion_classifier.emotions import CANONICAL_EMOTIONS
from emotion_classifier.errors import ModelFolderError
from emotion_classifier.inference import bundled
from emotion_classifier.inference.bundled import bundled_model, model_folder
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import (
    GRAPH,
    WEIGHTS,
    read_specification,
    write_specification,
)


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


def test_a_copy_without_it_raises_an_error_with_the_remedy(root: Path) -> None:
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


def test_a_run_below_runs_is_found_by_its_name(
    root: Path, untrained_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = Path("runs", "study", "cnn")
    shutil.copytree(untrained_model, run / "model")
    (run / "config.yml").touch()
    assert model_folder("cnn").samefile(run / "model")
    assert model_folder("study/cnn").samefile(run / "model")


def test_the_model_is_inside_the_package() -> None:
    package = Path(bundled.__file__).resolve().parents[1]
    assert package / "bundled" == bundled.BUNDLED
    assert (package / "py.typed").is_file()


SHIPPED = get_args(bundled.BundledName)
MOST_BYTES = {"default": 12_000_000, "small": 4_000_000, "crema_d": 12_000_000}
TRAINED_ON = {
    "default": {"ravdess", "crema_d", "nemo"},
    "small": {"ravdess", "crema_d", "nemo"},
    "crema_d": {"crema_d"},
}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_model_is_small_unaltered_and_has_a_card(name: bundled.BundledName) -> None:
    folder = bundled_model(name)
    assert sum(file.stat().st_size for file in folder.iterdir()) <= MOST_BYTES[name]
    specification = read_specification(folder)  # which compares the hashes
    assert {data.corpus for data in specification.training_data} <= TRAINED_ON[name]
    card = specification.card
    assert all(score.low is not None and score.low < score.uar for score in card.scores)
    assert card.groups and card.robustness and "no clip of its speaker" in card.procedure
    assert 0.0 < specification.uncertain_below < 1.0 and specification.temperature != 1.0


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_graph_is_valid_and_its_axes_have_names(name: bundled.BundledName) -> None:
    graph = onnx.load(bundled_model(name) / GRAPH)
    onnx.checker.check_model(graph)  # such as twice the same weights, which onnxruntime allows
    waveforms, lengths = (value.type.tensor_type.shape.dim for value in graph.graph.input)
    assert [axis.dim_param for axis in waveforms] == ["batch", "sample"]
    assert [axis.dim_param for axis in lengths] == ["batch"]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_bundled_model_does_not_depend_on_the_level(name: bundled.BundledName) -> None:
    predictor = Predictor.load(bundled_model(name))
    rng = np.random.default_rng(0)
    voice = np.cumsum(rng.normal(size=32_000)).astype(np.float32)
    voice = 0.5 * (voice - voice.mean()) / np.abs(voice).max()
    loud, quiet = (
        predictor.predict(Waveform(np.float32(gain) * voice[None], 16_000)).probabilities
        for gain in (1.0, 0.1)
    )
    np.testing.assert_allclose(loud, quiet, atol=0.02)


def test_a_shipped_model_recognises_those_it_learned_from(shared_data: Path) -> None:
    """Not a score: that it is the model of the card, with its emotions in the right order."""
    predictor = Predictor.load()
    clips = sorted((shared_data / "ravdess" / "Actor_11").glob("03-01-??-01-01-01-11.*"))
    hits = 0
    for clip in clips:
        answer = predictor.predict(clip)
        hits += answer.emotion == CANONICAL_EMOTIONS[int(clip.name.split("-")[2]) - 1]
    assert len(clips) == 8 and hits >= 7
