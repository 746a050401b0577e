from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.errors import ModelFolderError
from emotion_classifier.inference.runtime import OnnxRuntime
from emotion_classifier.models.folder import GRAPH


def test_gives_logits_of_any_batch_and_duration(untrained_model: Path) -> None:
    runtime = OnnxRuntime(untrained_model / GRAPH, threads=1)
    for batch, samples in ((1, 10), (3, 5000)):
        waveforms = np.full((batch, samples), 0.25, np.float32)
        logits = runtime.logits(waveforms, np.full(batch, samples, np.int64))
        np.testing.assert_allclose(logits, [[0.25, 0.75]] * batch, atol=1e-6)
        assert logits.dtype == np.float32


@pytest.mark.parametrize("content", [None, b"", b"no graph at all"])
def test_a_graph_that_cannot_be_loaded_is_told(tmp_path: Path, content: bytes | None) -> None:
    graph = tmp_path / GRAPH
    if content is not None:
        graph.write_bytes(content)
    with pytest.raises(ModelFolderError, match=r"model\.onnx cannot be loaded: .*Copy the model"):
        OnnxRuntime(graph)
