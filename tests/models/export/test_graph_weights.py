from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import pytest
import torch

from emotion_classifier.errors import ModelFolderError
from emotion_classifier.inference.bundled import bundled_model
from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.model_folder.folder import GRAPH, read_specification
from emotion_classifier.models.export.graph_weights import recover_weights
from emotion_classifier.models.export.onnx import model_config


def test_the_weights_of_a_bundled_model_compute_the_logits_of_its_graph() -> None:
    folder = bundled_model("small")
    specification = read_specification(folder)
    classifier = model_config(specification).build(16_000, len(specification.emotions))
    classifier.load_state_dict(recover_weights(folder, specification))
    waveforms = np.random.default_rng(0).normal(0.0, 0.1, (3, 40_000)).astype(np.float32)
    lengths = np.array([40_000, 30_000, 9_000])
    inputs = torch.from_numpy(waveforms), torch.from_numpy(lengths)
    expected = OnnxRuntime(folder / GRAPH, threads=1).logits(waveforms, lengths)
    with torch.no_grad():
        found = classifier.eval()(*inputs).numpy()
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_a_graph_that_lacks_weights_is_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundled_model("small"), tmp_path / "model"))
    graph = onnx.load(folder / GRAPH)
    (head,) = (one for one in graph.graph.initializer if one.name == "head.output.weight")
    head.name = "other"
    onnx.save(graph, folder / GRAPH)
    specification = read_specification(bundled_model("small"))
    with pytest.raises(ModelFolderError, match=r"prediction only: .*head\.output\.weight"):
        recover_weights(folder, specification)
