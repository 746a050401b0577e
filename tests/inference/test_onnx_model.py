from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.errors import ModelFolderError
from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.model_folder.folder import GRAPH


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
