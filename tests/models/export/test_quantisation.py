"""Smaller graphs agree with the one they come from, and leave its front-end alone."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import MissingDependencyError, ModelFolderError
from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.installation import install_command
from emotion_classifier.model_folder.folder import GRAPH, GRAPH_DATA
from emotion_classifier.models.export.onnx_metadata import SCOPES
from emotion_classifier.models.export.quantisation import halve, quantise

RATE = 16_000
MFCC = {"kind": "mfcc", "mels": 24, "n_fft": 512, "n_mfcc": 13, "deltas": 1}
LOG_MEL = {"kind": "log_mel", "mels": 24, "n_fft": 512}
MODELS: dict[str, dict[str, Any]] = {
    "cnn": {
        "frontend": LOG_MEL,
        "standardisation": {"kind": "per_utterance"},
        "network": {"kind": "cnn", "channels": [16, 16]},
    },
    "lstm": {
        "frontend": MFCC,
        "standardisation": {"kind": "per_speaker"},
        "network": {"kind": "lstm", "layers": 1},
    },
}


# Writing a graph takes long.
@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=pytest.mark.slow) for name in ("cnn", "lstm")]
)
def graph(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The graph of a network with random weights."""
    import torch

    from emotion_classifier.models.config import ModelConfig
    from emotion_classifier.models.export.onnx import write_graph

    torch.manual_seed(0)
    classifier = ModelConfig.model_validate(MODELS[request.param]).build(RATE, 4).eval()
    path = tmp_path_factory.mktemp(request.param) / GRAPH
    write_graph(path, classifier, RATE)
    return path


@pytest.fixture(scope="module")
def clips() -> list[Samples]:
    rng = np.random.default_rng(0)
    return [
        (level * rng.standard_normal(12_000)).astype(np.float32)
        for level in (0.3, 0.1, 0.01, 0.001)
    ]


def logits(graph: Path, clips: list[Samples]) -> npt.NDArray[np.float32]:
    runtime = OnnxRuntime(graph, threads=1)
    return np.concatenate([runtime.logits(c[None], np.array([len(c)])) for c in clips])


@pytest.mark.parametrize(("weights", "tolerance"), [("int8", 0.03), ("fp16", 0.01)])
def test_logits_agree_in_less_space(
    graph: Path, clips: list[Samples], weights: str, tolerance: float, tmp_path: Path
) -> None:
    small = tmp_path / GRAPH
    if weights == "int8":
        quantise(graph, small)
    else:
        halve(graph, small)
    expected, found = logits(graph, clips), logits(small, clips)
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    front_end = 90_000  # bytes of its matrices, which keep 32 bits
    assert small.stat().st_size - front_end < 0.75 * (graph.stat().st_size - front_end)
    assert not np.array_equal(found, expected)  # something did change


@pytest.mark.parametrize("weights", ["int8", "fp16"])
def test_external_weights_of_a_large_graph_are_found(
    graph: Path, clips: list[Samples], weights: str, tmp_path: Path
) -> None:
    import onnx

    whole, large, small = (tmp_path / name for name in ("whole", "large", "small"))
    for folder in (whole, large, small):
        folder.mkdir()
    onnx.save(
        onnx.load(graph),
        large / GRAPH,
        save_as_external_data=True,
        location=GRAPH_DATA,
        size_threshold=256,  # shapes stay in the graph
    )
    for source, output in ((graph, whole / GRAPH), (large / GRAPH, small / GRAPH)):
        if weights == "int8":
            quantise(source, output)
        else:
            halve(source, output)
    assert not (small / GRAPH_DATA).exists()
    np.testing.assert_array_equal(logits(small / GRAPH, clips), logits(whole / GRAPH, clips))


def test_int8_rounds_weights_and_no_activations(graph: Path, tmp_path: Path) -> None:
    import onnx

    quantise(graph, tmp_path / GRAPH)
    before, after = (onnx.load(path).graph for path in (graph, tmp_path / GRAPH))
    kinds = {node.op_type for node in after.node} - {node.op_type for node in before.node}
    assert kinds <= {"Cast", "Mul"}  # which compute the weights
    exact, found = (
        {one.name: onnx.numpy_helper.to_array(one) for one in some.initializer}
        for some in (before, after)
    )
    reduced = [name for name in exact if f"{name}_int8" in found]
    assert reduced
    for name in reduced:
        integers, scales = found[f"{name}_int8"], found[f"{name}_scales"]
        assert integers.dtype == np.int8 and scales.size in exact[name].shape
        assert (np.abs(integers * scales - exact[name]) <= 0.501 * scales).all()
        # each channel uses the whole range
        inner = tuple(i for i, size in enumerate(scales.shape) if size == 1)
        assert (np.abs(integers).max(axis=inner) == 127).all()


def test_the_front_end_stays_exact(graph: Path, clips: list[Samples], tmp_path: Path) -> None:
    import onnx

    def front(path: Path) -> dict[str, bytes]:
        """The weights of the front-end, by name, and the kinds of its nodes."""
        model = onnx.load(path)
        return {
            one.name: onnx.numpy_helper.to_array(one).tobytes()
            for one in model.graph.initializer
            if "frontend" in one.name
        }

    quantise(graph, tmp_path / "int8.onnx")
    halve(graph, tmp_path / "fp16.onnx")
    assert front(graph)
    assert front(tmp_path / "int8.onnx").items() >= front(graph).items()
    assert front(tmp_path / "fp16.onnx") == front(graph)


def test_graph_without_module_names_is_refused(untrained_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match=r"does not name the nodes of its front-end"):
        halve(untrained_model / GRAPH, tmp_path / GRAPH)
    with pytest.raises(ModelFolderError, match=r"does not name the nodes of its front-end"):
        quantise(untrained_model / GRAPH, tmp_path / GRAPH)


def test_error_without_onnx_names_the_install_command(
    untrained_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingDependencyError, match=re.escape(install_command("train"))):
        halve(untrained_model / GRAPH, tmp_path / GRAPH)


def test_graph_names_modules_and_no_folder_of_this_machine(graph: Path) -> None:
    import onnx

    metadata = [entry for node in onnx.load(graph).graph.node for entry in node.metadata_props]
    assert {entry.key for entry in metadata} == {SCOPES}
    assert b"stack_trace" not in graph.read_bytes()
    assert str(Path(__file__).parents[3]).encode() not in graph.read_bytes()
