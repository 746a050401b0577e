from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tests.encoder_models import encoder_config, trained, write_without_graph

from emotion_classifier.errors import ModelFolderError, StorageError
from emotion_classifier.experiments.release.slim_model import complete, leave_out_encoder
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import (
    ENCODER,
    GRAPH,
    SPECIFICATION,
    WEIGHTS,
    read_specification,
)
from emotion_classifier.model_folder.specification import PretrainedFrom
from emotion_classifier.models.export.onnx import load_classifier, read_weights
from emotion_classifier.testing.encoders import tiny_checkpoint

TUNINGS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "frozen": ({"kind": "frozen"}, ()),
    "last_layers": (
        {"kind": "last_layers", "unfreeze_last_n_layers": 1},
        ("encoder.layers.1.attention.v_proj.weight",),
    ),
    "gradual": ({"kind": "gradual"}, ("encoder.layers.0.attention.v_proj.weight",)),
    "all": ({"kind": "all"}, ("feature_projection.projection.weight",)),
    "lora": ({"kind": "lora"}, (".q_proj.weight", ".v_proj.weight")),
}
"""Kind → settings, and the weights of the encoder that such a training moves."""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint(tmp_path_factory.mktemp("checkpoint"), "wav2vec2", layers=2)


def whole_folder(folder: Path, checkpoint: Path, kind: str = "frozen") -> Path:
    tuning, moved = TUNINGS[kind]
    config = encoder_config(checkpoint, tuning=tuning)
    return write_without_graph(folder, config, trained(config, moved))


@pytest.mark.parametrize("kind", TUNINGS)
def test_a_slim_folder_holds_the_trained_weights_only(
    kind: str, checkpoint: Path, tmp_path: Path
) -> None:
    whole = whole_folder(tmp_path / "whole", checkpoint, kind)
    slim = leave_out_encoder(whole, tmp_path / "slim")
    assert {path.name for path in slim.iterdir()} == {WEIGHTS, ENCODER, SPECIFICATION}
    everything, kept = read_weights(whole), read_weights(slim)
    fresh = encoder_config(checkpoint).build(16_000, 3).state_dict()
    left_out = everything.keys() - kept.keys()
    assert left_out and all(name.startswith("frontend.model.") for name in left_out)
    assert all(torch.equal(everything[name], fresh[name]) for name in left_out)
    assert all(torch.equal(everything[name], kept[name]) for name in kept)
    assert "frontend.mixing.scores" in kept
    assert any(name.startswith("frontend.model.") for name in kept) == (kind != "frozen")
    found = read_specification(slim)
    assert found.encoder is not None and not found.encoder.included
    before = read_specification(whole)
    assert before.encoder is not None
    assert found.encoder.fingerprint == before.encoder.fingerprint
    assert found.model_copy(update={"encoder": None, "files": {}}) == before.model_copy(
        update={"encoder": None, "files": {}}
    )


def test_a_slim_folder_describes_how_to_complete_it(checkpoint: Path, tmp_path: Path) -> None:
    slim = leave_out_encoder(whole_folder(tmp_path / "whole", checkpoint), tmp_path / "slim")
    command = rf"leaves out its encoder, {checkpoint}.*`emotion export {slim} --output FOLDER`"
    with pytest.raises(ModelFolderError, match=command):
        Predictor.load(slim)
    with pytest.raises(ModelFolderError, match=command):
        load_classifier(slim, read_specification(slim))
    with pytest.raises(ModelFolderError, match="already"):
        leave_out_encoder(slim, tmp_path / "slimmer")


def test_another_encoder_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    slim = leave_out_encoder(whole_folder(tmp_path / "whole", checkpoint), tmp_path / "slim")
    other = tiny_checkpoint(tmp_path / "other", "wav2vec2", layers=2, seed=1)
    with pytest.raises(ModelFolderError, match=r"another encoder .* SHA-256 .* --encoder"):
        complete(slim, tmp_path / "again", str(other))
    assert not (tmp_path / "again").exists()


def test_an_output_that_is_not_empty_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    whole = whole_folder(tmp_path / "whole", checkpoint)
    with pytest.raises(StorageError, match="not an empty folder"):
        leave_out_encoder(whole, whole)
    slim = leave_out_encoder(whole, tmp_path / "slim")
    with pytest.raises(StorageError, match="not an empty folder"):
        complete(slim, whole)


def test_complete_models_and_models_without_encoder_are_refused(
    checkpoint: Path, untrained_model: Path, tmp_path: Path
) -> None:
    whole = whole_folder(tmp_path / "whole", checkpoint)
    with pytest.raises(ModelFolderError, match="is complete"):
        complete(whole, tmp_path / "output")
    with pytest.raises(ModelFolderError, match="is complete"):
        complete(untrained_model, tmp_path / "output")
    with pytest.raises(ModelFolderError, match="no pretrained encoder"):
        leave_out_encoder(untrained_model, tmp_path / "output")


def test_a_changed_encoder_cannot_be_left_out(checkpoint: Path, tmp_path: Path) -> None:
    config = encoder_config(checkpoint)
    origin = PretrainedFrom(
        name="earlier",
        weights_sha256="0",
        loaded=1,
        fresh=0,
        encoder_changed=True,
        training_data=(),
    )
    whole = write_without_graph(tmp_path / "whole", config, trained(config), origin)
    with pytest.raises(ModelFolderError, match=r"earlier.* had changed it"):
        leave_out_encoder(whole, tmp_path / "slim")


@pytest.mark.slow
@pytest.mark.parametrize("moved", [False, True])
def test_a_completed_folder_has_the_same_bytes(
    moved: bool, checkpoint: Path, tmp_path: Path
) -> None:
    whole = whole_folder(tmp_path / "whole", checkpoint, "last_layers")
    slim = leave_out_encoder(whole, tmp_path / "slim")
    elsewhere = tiny_checkpoint(tmp_path / "elsewhere", "wav2vec2", layers=2) if moved else None
    again = complete(slim, tmp_path / "again", str(elsewhere) if elsewhere else None)
    for name in (WEIGHTS, ENCODER):
        assert (again / name).read_bytes() == (whole / name).read_bytes()
    assert (again / GRAPH).is_file()
    found, before = read_specification(again), read_specification(whole)
    assert found.encoder == before.encoder
    assert Predictor.load(again).specification == found
