from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.encoder_models import (
    EMOTIONS,
    RATE,
    encoder_config,
    encoder_of,
    trained,
    write_without_graph,
)

from emotion_classifier.errors import ConfigError, ModelFolderError, RunError
from emotion_classifier.experiments.release.slim_model import leave_out_encoder
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.pretrained import Pretrained
from emotion_classifier.experiments.train.warm_start import require_same_encoder, warm_start
from emotion_classifier.model_folder.folder import WEIGHTS, read_specification, write_specification
from emotion_classifier.model_folder.input import InputConfig
from emotion_classifier.model_folder.specification import ModelSpecification, TrainingData
from emotion_classifier.models.classifier import EmotionClassifier, ModelConfig
from emotion_classifier.models.export.onnx import write_weights
from emotion_classifier.progress import Progress, ignore
from emotion_classifier.testing.encoders import tiny_checkpoint

CNN: dict[str, Any] = {
    "frontend": {"kind": "log_mel", "mels": 16},
    "network": {"kind": "cnn", "channels": [4], "embedding": 8},
}


def run_config(model: dict[str, Any] | ModelConfig) -> RunConfig:
    settings = model.model_dump() if isinstance(model, ModelConfig) else model
    return RunConfig.model_validate(
        {"corpora": [{"kind": "toy", "path": "toy"}], "model": settings}
    )


def built(model: dict[str, Any], seed: int, emotions: int = len(EMOTIONS)) -> EmotionClassifier:
    torch.manual_seed(seed)
    return ModelConfig.model_validate(model).build(RATE, emotions).eval()


@pytest.fixture
def earlier(tmp_path: Path) -> Pretrained:
    """A small network trained on `own`."""
    folder = tmp_path / "earlier"
    folder.mkdir()
    classifier = built(CNN, 1)
    classifier.standardisation.mean.fill_(5.0)
    write_weights(folder, classifier.state_dict())
    specification = ModelSpecification(
        name="earlier",
        emotions=EMOTIONS,
        input=InputConfig(),
        architecture=ModelConfig.model_validate(CNN).model_dump(mode="json"),
        parameters=1,
        training_data=(TrainingData(corpus="own", licence="none", speakers=1, clips=1),),
    )
    write_specification(folder, specification)
    return Pretrained(folder, read_specification(folder), ())


def test_the_outcome_is_reported_written_and_part_of_the_model(
    earlier: Pretrained, tmp_path: Path
) -> None:
    reported: list[Progress] = []
    classifier, record = built(CNN, 2, emotions=2), tmp_path / "transfer.csv"
    origin = warm_start(
        classifier, earlier, run_config(CNN), ("happy", "sad"), record, reported.append
    )
    lines = [progress.text for progress in reported]
    total = len(classifier.state_dict())
    assert (origin.name, origin.loaded, origin.fresh) == ("earlier", total - 2, 2)
    assert [one.corpus for one in origin.training_data] == ["own"]
    assert not origin.encoder_changed
    assert f"pretrained weights: loaded {total - 2} of {total} weights" in lines[0]
    assert any("the emotions differ, so the head starts fresh" in line for line in lines)
    with record.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["outcome"].endswith(origin.weights_sha256)
    assert {row["weight"] for row in rows[1:]} == classifier.state_dict().keys()
    head = next(row for row in rows if row["weight"] == "head.output.weight")
    assert (head["shape"], head["earlier_shape"]) == ("2x16", "3x16")
    assert head["outcome"].startswith("the emotions differ")


def test_statistics_are_loaded_for_the_same_features_only(
    earlier: Pretrained, tmp_path: Path
) -> None:
    louder = {**CNN, "frontend": {**CNN["frontend"], "n_fft": 512}}
    for number, (model, mean) in enumerate(((CNN, 5.0), (louder, 0.0))):
        classifier = built(model, 2)
        record = tmp_path / f"{number}.csv"
        warm_start(classifier, earlier, run_config(model), EMOTIONS, record, ignore)
        assert torch.equal(classifier.standardisation.mean, torch.full((16,), mean))


def test_weights_of_which_none_fits_are_refused(earlier: Pretrained, tmp_path: Path) -> None:
    other = {"frontend": {"kind": "mfcc"}, "network": {"kind": "mlp", "hidden": [5]}}
    with pytest.raises(ConfigError, match=r"nothing in .*earlier fits .* start fresh"):
        warm_start(
            built(other, 2), earlier, run_config(other), EMOTIONS, tmp_path / "t.csv", ignore
        )
    assert not (tmp_path / "t.csv").exists()


def test_a_continued_run_needs_the_same_weights(earlier: Pretrained, tmp_path: Path) -> None:
    record = tmp_path / "transfer.csv"
    first = warm_start(built(CNN, 2), earlier, run_config(CNN), EMOTIONS, record, ignore)
    again = warm_start(built(CNN, 2), earlier, run_config(CNN), EMOTIONS, record, ignore)
    assert first == again
    write_weights(earlier.folder, built(CNN, 3).state_dict())
    write_specification(earlier.folder, earlier.specification)
    changed = Pretrained(earlier.folder, read_specification(earlier.folder), ())
    with pytest.raises(RunError, match=r"is not the file that this run started from"):
        warm_start(built(CNN, 2), changed, run_config(CNN), EMOTIONS, record, ignore)


def test_a_folder_without_weights_is_refused(earlier: Pretrained, tmp_path: Path) -> None:
    (earlier.folder / WEIGHTS).unlink()
    with pytest.raises(ModelFolderError, match="for prediction only"):
        warm_start(built(CNN, 2), earlier, run_config(CNN), EMOTIONS, tmp_path / "t.csv", ignore)


def test_a_changed_encoder_gets_a_fingerprint_of_its_own(tmp_path: Path) -> None:
    config = encoder_config(tiny_checkpoint(tmp_path / "checkpoint", "hubert", layers=1))
    for name, moved in (("head", ()), ("encoder", ("v_proj.weight",))):
        source = write_without_graph(tmp_path / name, config, trained(config, moved))
        earlier = Pretrained(source, read_specification(source), ())
        classifier = config.build(RATE, len(EMOTIONS)).eval()
        before = encoder_of(classifier).fingerprint
        record = tmp_path / f"{name}.csv"
        origin = warm_start(classifier, earlier, run_config(config), EMOTIONS, record, ignore)
        assert origin.encoder_changed == bool(moved)
        assert (encoder_of(classifier).fingerprint != before) == bool(moved)


def test_weights_of_a_slim_folder_need_the_same_encoder(tmp_path: Path) -> None:
    config = encoder_config(tiny_checkpoint(tmp_path / "checkpoint", "hubert", layers=1))
    whole = write_without_graph(tmp_path / "whole", config, trained(config))
    slim = leave_out_encoder(whole, tmp_path / "slim")
    earlier = Pretrained(slim, read_specification(slim), ())
    classifier = config.build(RATE, len(EMOTIONS)).eval()
    warm_start(classifier, earlier, run_config(config), EMOTIONS, tmp_path / "1.csv", ignore)
    head = trained(config).head.output.weight
    assert torch.equal(classifier.head.output.weight, head)

    require_same_encoder(earlier, classifier)
    other = encoder_config(tiny_checkpoint(tmp_path / "other", "hubert", layers=1, seed=1))
    for refused in (other.build(RATE, len(EMOTIONS)), built(CNN, 1)):
        with pytest.raises(ModelFolderError, match=r"not that of this run.*emotion export"):
            require_same_encoder(earlier, refused)
