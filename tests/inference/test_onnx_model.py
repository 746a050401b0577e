from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from emotion_classifier.errors import ModelFolderError
from emotion_classifier.inference import onnx_model
from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.model_folder.folder import GRAPH

INPUTS = "float[batch, sample] waveforms, int64[batch] lengths"
MEAN = """
    mean = ReduceMean <axes = [1], keepdims = 1> (waveforms)
    logits = Concat <axis = 1> (mean, mean)
"""
ENDLESS = """
    mean = ReduceMean <axes = [1], keepdims = 1> (waveforms)
    no_limit = Constant <value = int64 {9223372036854775807}> ()
    on = Constant <value = bool {1}> ()
    same = Loop (no_limit, on, mean) <
        body = again (int64 number, bool before, float[batch, 1] value)
            => (bool after, float[batch, 1] next)
        { after = Identity (before)
          next = Identity (value) }
    >
    logits = Concat <axis = 1> (same, same)
"""
GraphOf = Callable[..., Path]


@pytest.fixture
def graph_of(tmp_path: Path) -> GraphOf:
    """Writes a graph and returns its file."""

    def write(
        body: str = MEAN, inputs: str = INPUTS, outputs: str = "float[batch, 2] logits"
    ) -> Path:
        text = f'<ir_version: 8, opset_import: ["": 17]> g ({inputs}) => ({outputs}) {{{body}}}'
        onnx.save(onnx.parser.parse_model(text), tmp_path / GRAPH)
        return tmp_path / GRAPH

    return write


def run(graph: Path) -> None:
    OnnxRuntime(graph, threads=1).logits(np.ones((3, 90), np.float32), np.full(3, 90, np.int64))


def test_gives_logits_of_any_batch_and_duration(untrained_model: Path) -> None:
    runtime = OnnxRuntime(untrained_model / GRAPH, threads=1)
    for batch, samples in ((1, 10), (3, 5000)):
        waveforms = np.full((batch, samples), 0.25, np.float32)
        logits = runtime.logits(waveforms, np.full(batch, samples, np.int64))
        np.testing.assert_allclose(logits, [[0.25, 0.75]] * batch, atol=1e-6)
        assert logits.dtype == np.float32


def test_only_a_graph_that_takes_statistics_uses_speaker_statistics(
    untrained_model: Path, speaker_model: Path
) -> None:
    assert not OnnxRuntime(untrained_model / GRAPH, threads=1).uses_speaker_statistics
    assert OnnxRuntime(speaker_model / GRAPH, threads=1).uses_speaker_statistics


def test_own_statistics_of_a_clip_equal_the_default(speaker_model: Path) -> None:
    runtime = OnnxRuntime(speaker_model / GRAPH, threads=1)
    waveforms = np.random.default_rng(0).normal(0.3, 0.1, (2, 500)).astype(np.float32)
    waveforms[1, 400:] = 0.0
    lengths = np.array([500, 400])
    statistics, frames = runtime.clip_statistics(waveforms, lengths)
    assert statistics.shape == (2, 2, 1) and frames.tolist() == [500, 400]
    np.testing.assert_allclose(statistics[1, :, 0], [waveforms[1, :400].mean(), 0.1], rtol=0.1)
    unknown = runtime.logits(waveforms, lengths)
    np.testing.assert_allclose(runtime.logits(waveforms, lengths, statistics), unknown, atol=1e-5)
    lower = statistics - np.array([[0.2], [0.0]], np.float32)
    assert (runtime.logits(waveforms, lengths, lower)[:, 0] > 1.0).all()


@pytest.mark.parametrize("content", [None, b"", b"no graph at all"])
def test_a_graph_that_cannot_be_loaded_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    graph = tmp_path / GRAPH
    if content is not None:
        graph.write_bytes(content)
    with pytest.raises(ModelFolderError, match=r"model\.onnx cannot be loaded: .*Copy the model"):
        OnnxRuntime(graph)


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ("float[batch, sample] waveforms", "float[batch, 2] logits"),
        (f"{INPUTS}, float[batch] more", "float[batch, 2] logits"),
        ("float[batch, sample] waveforms, int32[batch] lengths", "float[batch, 2] logits"),
        ("float[1, sample] waveforms, int64[1] lengths", "float[1, 2] logits"),
        (f"{INPUTS}, float[batch, 2, 3] statistics", "float[batch, 2] logits"),
        (INPUTS, "float[batch, 1] mean"),
    ],
)
def test_a_graph_with_other_inputs_or_outputs_is_refused(
    graph_of: GraphOf, inputs: str, outputs: str
) -> None:
    run(graph_of())
    with pytest.raises(ModelFolderError, match="not the graph of an emotion model"):
        OnnxRuntime(graph_of(MEAN, inputs, outputs))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (f"{MEAN.replace('logits', 'two')} no = Sub (two, two) logits = Div (no, no)", "finite"),
        ("logits = Constant <value = float[1, 2] {0.0, 1.0}> ()", r"\(1, 2\) instead of \(3, 2\)"),
        ("logits = Slice (waveforms, lengths, lengths)", "cannot be run"),
    ],
)
def test_a_graph_without_logits_of_each_clip_is_refused(
    graph_of: GraphOf, body: str, reason: str
) -> None:
    with pytest.raises(ModelFolderError, match=rf"{GRAPH}.*{reason}"):
        run(graph_of(body))


def test_a_graph_that_does_not_end_is_terminated(
    graph_of: GraphOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_model, "RUN_LIMIT_SECONDS", 0.1)
    with pytest.raises(ModelFolderError, match=r"not finished after 0\.1 s"):
        run(graph_of(ENDLESS))
