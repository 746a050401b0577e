"""Folders of finished runs, without a training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.evaluation.conftest import make_clips

from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.runs.predictions_file import write_predictions

__all__ = ["make_clips"]

Make = Callable[..., LabelledPredictions]
WriteRun = Callable[..., Path]


@pytest.fixture
def write_run(make_clips: Make, tmp_path: Path) -> WriteRun:
    """The function that writes a run ``runs/toy/NAME`` with predictions of `make_clips`."""

    def write(name: str, *, speakers: int = 8, **options: object) -> Path:
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        write_predictions(folder / "predictions.csv", make_clips(speakers, 20, **options))
        return folder

    return write
