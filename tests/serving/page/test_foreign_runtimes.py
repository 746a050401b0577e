"""The examples of docs/onnx.md, and the metadata of the graph that they read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import onnxruntime
import pytest
from tests.serving.page.conftest import node

from emotion_classifier.audio.io import read_audio, wav_content
from emotion_classifier.inference.bundled import bundled_model
from emotion_classifier.inference.emotion_model import EmotionModel, mean_probabilities
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.model_folder.folder import GRAPH, file_hash
from emotion_classifier.serving.graph_metadata import metadata_of, with_metadata

PAGE = Path(__file__).parents[3] / "docs" / "onnx.md"


def code_of(language: str) -> str:
    """The example of a language."""
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.M)
    assert found is not None
    return found[1]


@pytest.fixture
def clip(recording: Path, tmp_path: Path) -> Path:
    """The first three seconds of the recording."""
    path = tmp_path / "clip.wav"
    path.write_bytes(wav_content(read_audio(recording).mono()[:48_000], 16_000))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("language", ["js", "python no-run"])
def test_the_example_has_the_probabilities_of_the_model(
    language: str, small_page: Path, clip: Path, tmp_path: Path
) -> None:
    script = tmp_path / "example.mjs"
    script.write_text(code_of(language), encoding="utf-8")
    if language == "js":
        output = node(script, small_page, clip)
    else:
        command: list[str | Path] = [sys.executable, script, small_page / "model" / GRAPH, clip]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    model = EmotionModel.load("small", threads=1)
    (logits,) = model.crop_logits([read_audio(clip).mono()])
    expected = mean_probabilities(logits, model.specification.temperature)
    found = json.loads(output)["probabilities"]
    assert list(found) == list(model.labels)
    assert list(found.values()) == pytest.approx(expected.tolist(), abs=1e-3)


def test_the_example_in_csharp_has_the_names_and_types_of_the_graph() -> None:
    """It is not run: there is no .NET here."""
    code = code_of("csharp")
    graph = bundled_model("small") / GRAPH
    session = onnxruntime.InferenceSession(graph)
    types = {"float": "tensor(float)", "long": "tensor(int64)"}
    inputs = re.findall(r'CreateFromTensor\("(\w+)", new DenseTensor<(\w+)>', code)
    found = {name: types[kind] for name, kind in inputs}
    assert found == {one.name: one.type for one in session.get_inputs()}
    assert re.findall(r'new\[\] \{ "(\w+)" \}', code) == [session.get_outputs()[0].name]
    assert types["float"] == session.get_outputs()[0].type
    specification = EmotionModel.load(graph.parent, threads=1).specification
    metadata = metadata_of(specification, StreamConfig(), graph.read_bytes())
    kinds = {"string[]": list, "double": float, "double[]?": list | None}
    read = re.findall(r'Read<(.+?)>\("(\w+)"\)', code)
    assert {name for _, name in read} == {"emotions", "temperature", "shift", "uncertain_below"}
    for kind, name in read:
        assert isinstance(json.loads(metadata[name]), kinds[kind]), name


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
