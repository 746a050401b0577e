from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import (
    ENCODER_LICENCE,
    GRAPH,
    WEIGHTS,
    read_specification,
    read_unchecked,
    write_specification,
)
from emotion_classifier.runs.predictions_file import read_predictions

Emotion = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.parametrize("weights", ["int8", "fp16"])
def test_a_smaller_model_reports_its_loss_and_predicts_as_before(
    emotion: Emotion, finished_run: Path, weights: str, tmp_path: Path
) -> None:
    output = tmp_path / weights
    run = Path(shutil.copytree(finished_run, tmp_path / "tiny"))
    (run / "model" / ENCODER_LICENCE).write_text("MIT License")
    write_specification(run / "model", read_unchecked(run / "model"))
    ended = emotion("export", run, f"--{weights}", "--output", output)
    assert ended.returncode == 0, ended.stdout
    for expected in ("UAR", "MB", "ms per clip", "fp32", weights, "keep their emotion"):
        assert expected in ended.stdout
    before, after = (read_specification(f) for f in (finished_run / "model", output))
    assert set(after.files) == {GRAPH, ENCODER_LICENCE}
    assert not (output / WEIGHTS).exists()
    assert after.name == f"{before.name}-{weights}"
    assert after.card.changes[0].startswith(f"Weights of {weights}: UAR ")
    assert after.temperature == before.temperature

    files = read_predictions(finished_run / "predictions.csv").files
    both = [
        [Predictor.load(folder, threads=1).predict(file).probabilities for file in files]
        for folder in (finished_run, output)
    ]
    np.testing.assert_allclose(both[1], both[0], atol=0.02 if weights == "int8" else 0.002)

    again = emotion("export", finished_run, f"--{weights}", "--output", output)
    assert again.returncode == 2
    assert "not an empty folder" in again.stdout
