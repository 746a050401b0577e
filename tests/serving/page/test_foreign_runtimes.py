"""The examples of docs/onnx.md, and the metadata of the graph that they read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import onnxruntime
import pytest
from tests.serving.page.test_browser_page import built, node

from emotion_classifier.audio.io import read_audio, wav_content
from emotion_classifier.inference.bundled import bundled_model
from emotion_classifier.inference.emotion_model import EmotionModel, mean_probabilities
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.model_folder.folder import GRAPH, file_hash
from emotion_classifier.serving.graph_metadata import metadata_of, with_metadata

PAGE = Path(__file__).parents[3] / "docs" / "onnx.md"


def example(language: str, folder: Path) -> Path:
    """The example of a language as a file."""
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.M)
    assert found is not None
    path = folder / "example.mjs"
    path.write_text(found[1], encoding="utf-8")
    return path


@pytest.fixture
def clip(recording: Path, tmp_path: Path) -> Path:
    """The first three seconds of the recording."""
    path = tmp_path / "clip.wav"
    path.write_bytes(wav_content(read_audio(recording).mono()[:48_000], 16_000))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("language", ["js", "python no-run"])
def test_the_example_has_the_probabilities_of_the_model(
    language: str, clip: Path, tmp_path: Path
) -> None:
    page = built("small", tmp_path / "page")
    script = example(language, tmp_path)
    if language == "js":
        output = node(str(script), page, clip)
    else:
        command: list[str | Path] = [sys.executable, script, page / "model" / GRAPH, clip]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    model = EmotionModel.load("small", threads=1)
    (logits,) = model.crop_logits([read_audio(clip).mono()])
    expected = mean_probabilities(logits, model.specification.temperature)
    found = json.loads(output)["probabilities"]
    assert list(found) == list(model.labels)
    assert list(found.values()) == pytest.approx(expected.tolist(), abs=1e-3)


def test_runtimes_read_the_metadata_of_the_graph(tmp_path: Path) -> None:
    folder = bundled_model("small")
    graph = (folder / GRAPH).read_bytes()
    specification = EmotionModel.load(folder, threads=1).specification
    metadata = metadata_of(specification, StreamConfig(), graph)
    (tmp_path / GRAPH).write_bytes(with_metadata(graph, {**metadata, "long": "x" * 70_000}))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(tmp_path / GRAPH, options)
    found = session.get_modelmeta().custom_metadata_map
    assert found == {**metadata, "long": "x" * 70_000}
    assert json.loads(found["emotions"]) == list(specification.emotions)
    assert json.loads(found["temperature"]) == specification.temperature
    assert found["sha256"] == file_hash(folder / GRAPH)
