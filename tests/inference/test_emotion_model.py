from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import ModelFolderError
from emotion_classifier.inference.emotion_model import EmotionModel, softmax
from emotion_classifier.model_folder.folder import GRAPH, read_specification, write_specification

RATE = 16_000
NAN = np.full((1, 2), np.nan, np.float32)


@pytest.fixture(scope="module")
def model(untrained_model: Path) -> EmotionModel:
    return EmotionModel.load(untrained_model, threads=1)


def test_a_graph_of_other_emotions_or_that_cannot_be_run_is_refused(
    untrained_model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(untrained_model, folder)
    specification = read_specification(folder)
    emotions = (*specification.emotions, "angry")
    write_specification(folder, specification.model_copy(update={"emotions": emotions}))
    with pytest.raises(ModelFolderError, match="2 emotions"):
        EmotionModel.load(folder, threads=1)
    graph = onnx.load(folder / GRAPH)
    graph.graph.initializer[1].CopyFrom(onnx.numpy_helper.from_array(NAN, "weights"))
    onnx.save(graph, folder / GRAPH)
    write_specification(folder, specification)
    with pytest.raises(ModelFolderError, match="not finite"):
        EmotionModel.load(folder, threads=1)


def ramp(seconds: float) -> Samples:
    """A tone on an offset that grows by 0.1 each second."""
    time = np.arange(round(seconds * RATE)) / RATE
    return (0.1 * time + 0.05 * np.sin(2 * np.pi * 100 * time)).astype(np.float32)


def test_a_window_as_long_as_a_clip_is_predicted_as_a_recording(model: EmotionModel) -> None:
    for seconds in (0.6, 2.0, 3.0):
        (found,) = model.window_probabilities([ramp(seconds)])
        logits = np.concatenate(model.crop_logits([ramp(seconds)]))
        expected = softmax(logits)[0]
        assert found is not None
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_longer_window_is_covered_from_end_to_end(model: EmotionModel) -> None:
    for seconds, starts in ((5.0, (0.0, 2.0)), (3.1, (0.0, 0.1)), (7.0, (0.0, 2.0, 4.0))):
        window = ramp(seconds) + np.float32(0.2)  # loud from the start: nothing is trimmed
        crops = model.input.window_crops(window)
        expected = [window[round(s * RATE) : round((s + 3.0) * RATE)] for s in starts]
        assert len(crops) == len(expected)
        for crop, other in zip(crops, expected, strict=True):
            np.testing.assert_array_equal(crop, other)
        (found,) = model.window_probabilities([window])
        assert found is not None
        alone = [softmax(model.crop_logits([crop])[0])[0] for crop in expected]
        np.testing.assert_allclose(found, np.mean(alone, 0), atol=1e-6)


def test_silent_and_short_windows_are_not_judged(model: EmotionModel) -> None:
    silent, loud = np.full(5 * RATE, 0.1, np.float32), ramp(5.0)
    click = np.zeros(5 * RATE, np.float32)
    click[40_000:41_000] = 0.5
    found = model.window_probabilities([silent, loud, click, ramp(0.2), loud])
    assert [one is None for one in found] == [True, False, True, True, False]
    assert model.window_probabilities([]) == []


def test_probabilities_do_not_depend_on_other_windows(model: EmotionModel) -> None:
    generator = np.random.default_rng(3)
    windows = [ramp(seconds) for seconds in generator.uniform(0.6, 6.0, 30)]
    windows[7] = np.zeros(RATE, np.float32)
    together = model.window_probabilities(windows)
    for window, one in zip(windows, together, strict=True):
        (alone,) = model.window_probabilities([window])
        if alone is None or one is None:
            assert alone is one
        else:
            np.testing.assert_allclose(one, alone, atol=1e-6)
