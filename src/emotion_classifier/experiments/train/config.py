"""The settings of one run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from emotion_classifier.audio.augmentation.chain import PolicyConfig
from emotion_classifier.config import StrictConfig
from emotion_classifier.experiments.data.load import DataConfig
from emotion_classifier.model_folder.input import InputConfig
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.runs.run_folder import RunName
from emotion_classifier.training.config import TrainingConfig


class PretrainedWeightsConfig(StrictConfig):
    """A pretrained classifier to start from."""

    enabled: bool = True
    """Whether to start from it."""
    path: Path | None = None
    """A run, a model folder or the name of a bundled model; needed where `enabled` is true."""

    @model_validator(mode="after")
    def _requires_path(self) -> Self:
        if self.enabled and self.path is None:
            raise ValueError("path is missing: name a run or a model folder, or set enabled: false")
        return self


class RunConfig(DataConfig):
    """One run, from corpora to report."""

    experiment: RunName = "experiment"
    """Folder of the run among the runs."""
    label: RunName = "run"
    """Folder of the run in the experiment; a second run with the same label becomes `label-2`."""
    input: InputConfig = InputConfig()
    """Preparation of recordings."""
    augmentation: PolicyConfig | None = None
    """Augmentation of training clips; null for none, {} for the default chain."""
    model: ModelConfig = ModelConfig()
    """Front-end, network and head."""
    pretrained_weights: PretrainedWeightsConfig | None = None
    """Weights of a pretrained classifier to start from; null starts fresh."""
    training: TrainingConfig = TrainingConfig()
    """Optimisation."""
    keep_misclassified: Annotated[int, Field(ge=0)] = 100
    """Misclassified test clips to copy into the run, the most confident first; 0 for none."""
