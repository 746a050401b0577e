"""Graphs and folders of classifiers with a pretrained encoder."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from tests.encoder_models import (
    RATE,
    encoder_config,
    encoder_of,
    specification,
    trained,
    write_without_graph,
)

from emotion_classifier.errors import ModelFolderError
from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.model_folder.folder import (
    ENCODER,
    GRAPH,
    SPECIFICATION,
    WEIGHTS,
    read_specification,
    read_unchecked,
    write_specification,
)
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.export.onnx import load_classifier, save_weights, write_graph
from emotion_classifier.models.export.quantisation import halve, quantise
from emotion_classifier.testing.encoders import TINY_CHECKPOINTS, tiny_checkpoint

Batch = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]


def batches(least: int) -> list[Batch]:
    """Clips alone and padded, longer than what was traced, and as short as `least`."""
    rng = np.random.default_rng(0)
    found = []
    for lengths in ([8_000], [least], [3 * RATE + 1, 2 * RATE, least], [16_000, 9_001, 4_321]):
        waveforms = np.zeros((len(lengths), max(lengths)), np.float32)
        for row, length in zip(waveforms, lengths, strict=True):
            row[:length] = 0.1 * rng.standard_normal(length)
        found.append((waveforms, np.array(lengths, np.int64)))
    return found


def answers(classifier: EmotionClassifier, batch: Batch) -> npt.NDArray[np.float32]:
    with torch.no_grad():
        logits: npt.NDArray[np.float32] = classifier(*map(torch.from_numpy, batch)).numpy()
    return logits


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> EmotionClassifier:
    checkpoint = tiny_checkpoint(tmp_path_factory.mktemp("checkpoint"), "hubert", layers=1)
    return trained(encoder_config(checkpoint))


@pytest.fixture(scope="module")
def whole(classifier: EmotionClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole model folder; its graph takes seconds to write."""
    made = tmp_path_factory.mktemp("exported") / "model"
    save_weights(made, classifier, RATE)
    checkpoint = Path(encoder_of(classifier).description.name)
    write_specification(made, specification(encoder_config(checkpoint), classifier))
    return made


def check_agreement(graph: Path, classifier: EmotionClassifier, tolerance: float = 1e-3) -> None:
    runtime = OnnxRuntime(graph, threads=1)
    for batch in batches(max(100, classifier.minimum_samples)):
        expected = answers(classifier, batch)
        np.testing.assert_allclose(runtime.logits(*batch), expected, atol=tolerance)


def test_folder_restores_the_classifier_without_the_checkpoint(tmp_path: Path) -> None:
    checkpoint = tiny_checkpoint(tmp_path / "checkpoint", "wavlm-layer-norm", layers=2)
    config = encoder_config(checkpoint)
    classifier = trained(config)
    folder = write_without_graph(tmp_path / "model", config, classifier)
    expected = [answers(classifier, batch) for batch in batches(400)]
    state = {name: weight.clone() for name, weight in classifier.state_dict().items()}
    del classifier
    shutil.rmtree(checkpoint)
    loaded = load_classifier(folder, read_specification(folder))
    assert loaded.state_dict().keys() == state.keys()
    assert all(torch.equal(loaded.state_dict()[name], state[name]) for name in state)
    assert encoder_of(loaded).fingerprint == read_specification(folder).encoder.fingerprint  # type: ignore[union-attr]
    for batch, answer in zip(batches(400), expected, strict=True):
        np.testing.assert_allclose(answers(loaded, batch), answer, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("text", ["{", "[]", '{"name": "a"}'])
def test_a_damaged_description_is_refused(
    classifier: EmotionClassifier, text: str, tmp_path: Path
) -> None:
    config = encoder_config(Path(encoder_of(classifier).description.name))
    made = write_without_graph(tmp_path / "model", config, classifier)
    (made / ENCODER).write_text(text)
    write_specification(made, read_unchecked(made))
    with pytest.raises(ModelFolderError, match=r"encoder\.json.*again"):
        load_classifier(made, read_specification(made))


@pytest.mark.slow
def test_folder_is_complete(whole: Path) -> None:
    files = {WEIGHTS, GRAPH, ENCODER}
    assert {path.name for path in whole.iterdir()} == {*files, SPECIFICATION}
    assert set(read_specification(whole).files) == files


@pytest.mark.slow
def test_onnxruntime_equals_torch(whole: Path, classifier: EmotionClassifier) -> None:
    check_agreement(whole / GRAPH, classifier)


@pytest.mark.slow
def test_logits_of_a_clip_do_not_depend_on_its_batch(whole: Path) -> None:
    runtime = OnnxRuntime(whole / GRAPH, threads=1)
    for waveforms, lengths in batches(400):
        together = runtime.logits(waveforms, lengths)
        for row, length, expected in zip(waveforms, lengths, together, strict=True):
            alone = runtime.logits(row[None, :length], np.array([length]))[0]
            np.testing.assert_allclose(alone, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("weights", "tolerance"), [("int8", 0.05), ("fp16", 0.01)])
def test_smaller_weights_give_similar_logits(
    whole: Path, weights: str, tolerance: float, tmp_path: Path
) -> None:
    small = tmp_path / GRAPH
    if weights == "int8":
        quantise(whole / GRAPH, small)
    else:
        halve(whole / GRAPH, small)
    for batch in batches(8_000):
        expected, found = (
            OnnxRuntime(graph, threads=1).logits(*batch) for graph in (whole / GRAPH, small)
        )
        assert 0 < np.abs(found - expected).max() < tolerance * np.abs(expected).max()


@pytest.mark.slow
def test_int8_reduces_the_transformer_and_no_convolutions(whole: Path, tmp_path: Path) -> None:
    import onnx

    quantise(whole / GRAPH, tmp_path / GRAPH)
    graph = onnx.load(tmp_path / GRAPH).graph
    types = {one.name: one.data_type for one in graph.initializer}
    restored = {
        node.output[0]
        for node in graph.node
        if node.op_type == "Cast" and types.get(node.input[0]) == onnx.TensorProto.INT8
    }
    scaled = {node.output[0] for node in graph.node if restored & {*node.input}}
    products = [node for node in graph.node if node.op_type == "MatMul" and scaled & {*node.input}]
    # query, key, value and output of the attention, and both layers behind it
    assert len(products) >= 6
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    assert convolutions and all(node.input[1] in types for node in convolutions)


# The graph of the first is that of the others, which have the same function of their weights.
EXPORTED = {
    "hubert": ("wav2vec2", "unispeech", "unispeech-sat"),  # the fixture `whole`
    "wav2vec2-layer-norm": ("hubert-layer-norm",),
    "wavlm": (),
    "wavlm-layer-norm": (),
    "data2vec-audio": (),
    "distilhubert": (),
    "whisper": (),
}


def test_every_encoder_is_exported_or_has_the_function_of_an_exported() -> None:
    assert {*EXPORTED, *(name for others in EXPORTED.values() for name in others)} == {
        *TINY_CHECKPOINTS
    }


@pytest.mark.parametrize(
    ("exported", "other"), [(one, other) for one, others in EXPORTED.items() for other in others]
)
def test_encoders_of_one_graph_have_the_same_function(
    exported: str, other: str, tmp_path: Path
) -> None:
    first, second = (
        trained(encoder_config(tiny_checkpoint(tmp_path / name, name, layers=1)))
        for name in (exported, other)
    )
    second.load_state_dict(first.state_dict())
    for batch in batches(400):
        assert np.array_equal(answers(first, batch), answers(second, batch))


@pytest.mark.slow
@pytest.mark.parametrize("family", [name for name in EXPORTED if name != "hubert"])
def test_every_encoder_exports(family: str, tmp_path: Path) -> None:
    made = trained(encoder_config(tiny_checkpoint(tmp_path / "checkpoint", family, layers=2)))
    write_graph(tmp_path / GRAPH, made, RATE)
    check_agreement(tmp_path / GRAPH, made)


@pytest.mark.slow
def test_whisper_exports_with_the_time_of_the_clip(tmp_path: Path) -> None:
    import onnx

    checkpoint = tiny_checkpoint(tmp_path / "checkpoint", "whisper", layers=3)
    made = trained(encoder_config(checkpoint, context="clip", layers=[1, 2]))
    write_graph(tmp_path / GRAPH, made, RATE)
    check_agreement(tmp_path / GRAPH, made, tolerance=1e-4)
    graph = onnx.load(tmp_path / GRAPH).graph
    assert not any("layers.2" in node.name for node in graph.initializer)
    weights = sum(int(np.prod(tensor.dims)) for tensor in graph.initializer)
    constants = [
        *made.parameters(),
        *made.buffers(),
    ]  # with mel filters and the matrices of the STFT
    assert weights < 1.05 * sum(values.numel() for values in constants)
    assert "STFT" not in {node.op_type for node in graph.node}
