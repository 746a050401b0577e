"""Predictors of ONNX graphs and classifiers of transformers that others made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_classifier.audio.waveform import Waveform
from emotion_classifier.errors import ConfigError, LabelError, ModelFolderError
from emotion_classifier.experiments.external_models.load import is_external, load_predictor
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig

RATE = 16_000


def write_graph(path: Path, *, rank: int = 2, samples: int | str = "sample") -> None:
    """A graph from ``signal`` to ``probs`` of three labels, softmax of (mean, -mean, 0)."""
    import onnx
    from onnx import TensorProto, helper

    shape = [1, samples] if rank == 2 else [1, 1, samples]
    graph = helper.make_graph(
        [
            helper.make_node("Reshape", ["signal", "flat"], ["row"]),
            helper.make_node("ReduceMean", ["row", "time"], ["mean"], keepdims=1),
            helper.make_node("MatMul", ["mean", "weights"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probs"], axis=-1),
        ],
        "external",
        [helper.make_tensor_value_info("signal", TensorProto.FLOAT, shape)],
        [
            helper.make_tensor_value_info("probs", TensorProto.FLOAT, [1, 3]),
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 3]),
        ],
        [
            helper.make_tensor("flat", TensorProto.INT64, [2], [1, -1]),
            helper.make_tensor("time", TensorProto.INT64, [1], [1]),
            helper.make_tensor("weights", TensorProto.FLOAT, [1, 3], [4.0, -4.0, 0.0]),
        ],
    )
    opset = helper.make_opsetid("", 18)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=10), path)


def write_settings(folder: Path, **changes: Any) -> Path:
    settings = {
        "kind": "onnx", "path": "graph.onnx", "labels": ["hap", "sad", "meh"],
        "emotions": {"meh": None}, "scores": "probs", "score_kind": "probabilities",
        "input": {"seconds": 2.0},
    }  # fmt: skip
    path = folder / "external.yml"
    path.write_text(json.dumps({"external_model": {**settings, **changes}}), "utf-8")
    return path


def loud(mean: float, seconds: float = 1.0) -> Waveform:
    tone = mean + 0.05 * np.sin(np.arange(round(seconds * RATE)) / 25)
    return Waveform(tone.astype(np.float32)[np.newaxis], RATE)


def without_activity(model: Path) -> Predictor:
    return Predictor(load_predictor(model, threads=1).model, StreamConfig(onset=None))


@pytest.mark.parametrize("rank", [2, 3])
def test_a_graph_predicts_its_labels(rank: int, tmp_path: Path) -> None:
    write_graph(tmp_path / "graph.onnx", rank=rank)
    predictor = without_activity(write_settings(tmp_path))
    assert predictor.labels.names == ("happy", "sad")
    found = predictor.predict(loud(0.5))
    odds = np.exp(8 * 0.5)  # of mean against -mean, the third label left out
    assert found.probabilities == pytest.approx([odds / (1 + odds), 1 / (1 + odds)], abs=1e-3)
    assert predictor.predict(loud(-0.5)).emotion == "sad"
    assert predictor.specification.name == "graph"
    assert "trained_on" in predictor.specification.notes[0]


def test_logits_and_probabilities_of_a_graph_agree(tmp_path: Path) -> None:
    write_graph(tmp_path / "graph.onnx")
    one = without_activity(write_settings(tmp_path)).predict(loud(0.2))
    settings = write_settings(tmp_path, scores="logits", score_kind="logits", trained_on=["own"])
    predictor = without_activity(settings)
    assert predictor.predict(loud(0.2)).probabilities == pytest.approx(one.probabilities, abs=1e-5)
    (data,) = predictor.specification.all_training_data
    assert data.corpus == "own" and predictor.specification.notes == ()


def test_a_graph_of_one_length_gets_zeros(tmp_path: Path) -> None:
    write_graph(tmp_path / "graph.onnx", samples=2 * RATE)
    found = without_activity(write_settings(tmp_path)).predict(loud(0.5, seconds=1.0))
    odds = np.exp(8 * 0.25)  # half of the samples are zero
    assert found.probabilities[0] == pytest.approx(odds / (1 + odds), abs=1e-3)


def test_lengths_are_of_the_samples_that_a_graph_of_one_length_gets(tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [
            helper.make_node("ReduceSum", ["signal", "time"], ["sum"], keepdims=1),
            helper.make_node("Cast", ["lengths"], ["count"], to=TensorProto.FLOAT),
            helper.make_node("Div", ["sum", "count"], ["mean"]),
            helper.make_node("MatMul", ["mean", "weights"], ["logits"]),
        ],
        "external",
        [
            helper.make_tensor_value_info("signal", TensorProto.FLOAT, [1, RATE]),
            helper.make_tensor_value_info("lengths", TensorProto.INT64, [1]),
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 2])],
        [
            helper.make_tensor("time", TensorProto.INT64, [1], [1]),
            helper.make_tensor("weights", TensorProto.FLOAT, [1, 2], [4.0, -4.0]),
        ],
    )
    opset = helper.make_opsetid("", 18)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=10)
    onnx.save(model, tmp_path / "graph.onnx")
    settings = write_settings(
        tmp_path, labels=["hap", "sad"], emotions={}, scores="logits", score_kind="logits",
        waveforms="signal", lengths="lengths",
    )  # fmt: skip
    odds = np.exp(8 * 0.5)
    for seconds in (0.5, 1.0, 2.0):
        found = without_activity(settings).predict(loud(0.5, seconds))
        assert found.probabilities[0] == pytest.approx(odds / (1 + odds), abs=1e-3)


def test_normalised_waveforms_have_no_mean(tmp_path: Path) -> None:
    write_graph(tmp_path / "graph.onnx")
    found = without_activity(write_settings(tmp_path, normalise=True)).predict(loud(0.5))
    assert found.probabilities == pytest.approx([0.5, 0.5], abs=1e-3)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"scores": None}, ModelFolderError, "several outputs"),
        ({"scores": "emotion"}, ModelFolderError, "no output 'emotion'"),
        ({"waveforms": "audio"}, ModelFolderError, "no input 'audio'"),
        ({"labels": ["hap", "sad"], "emotions": {}}, ModelFolderError, r"\(1, 3\)"),
        ({"emotions": {}}, LabelError, "meh"),
        ({"path": "absent.onnx"}, ModelFolderError, "absent"),
        ({"label": ["hap"]}, ConfigError, "label"),
    ],
)
def test_mistakes_in_the_settings_are_named(
    changes: dict[str, Any], error: type[Exception], message: str, tmp_path: Path
) -> None:
    write_graph(tmp_path / "graph.onnx")
    with pytest.raises(error, match=message):
        load_predictor(write_settings(tmp_path, **changes), threads=1)


def test_models_of_this_package_are_loaded_too(untrained_model: Path) -> None:
    assert not is_external(untrained_model) and not is_external("small")
    assert load_predictor(untrained_model, threads=1).specification.name == "untrained"


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny wav2vec 2.0 with random weights and four labels, as transformers saves it."""
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    config = transformers.Wav2Vec2Config(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        conv_dim=(16, 16), conv_kernel=(10, 8), conv_stride=(5, 4), num_feat_extract_layers=2,
        num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=2, classifier_proj_size=8,
        id2label={0: "ang", 1: "hap", 2: "neu", 3: "sad"},
        label2id={"ang": 0, "hap": 1, "neu": 2, "sad": 3},
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("classifier")
    transformers.Wav2Vec2ForSequenceClassification(config).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(folder)
    return folder


def test_a_classifier_of_transformers_predicts_as_transformers_does(classifier: Path) -> None:
    import torch

    transformers: Any = pytest.importorskip("transformers")
    assert is_external(classifier)
    predictor = without_activity(classifier)
    assert predictor.labels.names == ("neutral", "happy", "sad", "angry")
    assert predictor.specification.parameters > 0
    waveform = loud(0.1)
    found = predictor.predict(waveform)
    model = transformers.AutoModelForAudioClassification.from_pretrained(classifier).eval()
    extractor = transformers.AutoFeatureExtractor.from_pretrained(classifier)
    inputs = extractor(waveform.samples[0], sampling_rate=RATE, return_tensors="pt")
    with torch.inference_mode():
        expected = model(**inputs).logits.softmax(-1)[0].numpy()
    assert found.probabilities == pytest.approx(expected[[2, 1, 3, 0]], abs=1e-5)


def test_a_settings_file_names_a_classifier_of_transformers(
    classifier: Path, tmp_path: Path
) -> None:
    settings = {"kind": "transformers", "path": str(classifier), "emotions": {"ang": None}}
    file = tmp_path / "other.yaml"
    file.write_text(json.dumps({"external_model": settings}), "utf-8")
    assert load_predictor(file).labels.names == ("neutral", "happy", "sad")


def test_a_checkpoint_without_a_classifier_is_refused(classifier: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((classifier / "config.json").read_bytes())
    with pytest.raises(ModelFolderError, match="no audio classifier"):
        load_predictor(tmp_path)
