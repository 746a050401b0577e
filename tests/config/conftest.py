"""A small tree of settings with every shape that the real one has."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

import pytest
from pydantic import Field, model_validator

from emotion_classifier.config import StrictConfig


class Precision(Enum):
    """How numbers are kept."""

    SINGLE = "float32"
    HALF = "bf16"


class FolderConfig(StrictConfig):
    """Clips in a folder per emotion.

    Any audio format.
    """

    kind: Literal["folder"] = "folder"
    path: Path
    """Folder of the clips."""
    votes: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}
    """Share of each emotion."""


class ToyConfig(StrictConfig):
    """Synthetic voices."""

    kind: Literal["toy"] = "toy"
    speakers: Annotated[int, Field(ge=1)] = 8
    """Number of voices."""


CorpusConfig: TypeAlias = Annotated[FolderConfig | ToyConfig, Field(discriminator="kind")]


class FractionsConfig(StrictConfig):
    """Speakers by fractions."""

    kind: Literal["fractions"] = "fractions"
    fractions: tuple[float, float, float] = (0.8, 0.1, 0.1)
    """Shares of training, validation and test."""

    @model_validator(mode="after")
    def sum_to_one(self) -> Self:
        if abs(sum(self.fractions) - 1) > 1e-6:
            raise ValueError(f"the fractions sum to {sum(self.fractions):g}, not to 1")
        return self


class FoldsConfig(StrictConfig):
    """Folds of speakers."""

    kind: Literal["folds"] = "folds"
    folds: Annotated[int, Field(ge=2)] = 5
    """Number of folds."""


class CnnConfig(StrictConfig):
    """Convolutions."""

    kind: Literal["cnn"] = "cnn"
    channels: tuple[Annotated[int, Field(gt=0)], ...] = (16, 32)
    """Channels of each block."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Share of channels that are dropped."""


class MlpConfig(StrictConfig):
    """Layers in a row."""

    kind: Literal["mlp"] = "mlp"
    width: Annotated[int, Field(ge=1)] = 64
    """Units of each layer."""


class ModelConfig(StrictConfig):
    """The model."""

    network: Annotated[CnnConfig | MlpConfig, Field(discriminator="kind")] = CnnConfig(dropout=0.2)
    """Architecture."""


class TrainingConfig(StrictConfig):
    """How the weights are found."""

    epochs: Annotated[int, Field(ge=1, le=1000)] = 100
    """Passes over the training part."""
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    """Step size at the start."""
    patience: Annotated[int, Field(ge=0)] | None = None
    """Epochs without progress
    before the end."""
    monitor: Literal["uar", "loss"] = "uar"
    """The measure by which the best epoch is chosen."""
    devices: int | Literal["auto"] = "auto"
    """Processors to use."""
    precision: Precision = Precision.SINGLE
    """How numbers are kept."""
    shuffle: bool = True
    """Whether the order changes."""


class RunConfig(StrictConfig):
    """A run."""

    experiment: Annotated[str, Field(min_length=1)] = "demo"
    """Name of the folder of the run."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Start of every random draw."""
    corpora: Annotated[tuple[CorpusConfig, ...], Field(min_length=1)]
    """The clips to learn from."""
    split: Annotated[FractionsConfig | FoldsConfig, Field(discriminator="kind")] = FractionsConfig()
    """Which speakers are in which part."""
    model: ModelConfig = ModelConfig()
    """The model."""
    training: TrainingConfig = TrainingConfig()
    """How it is trained."""
    extra: CorpusConfig | None = None
    """One more corpus, for tests only."""


@pytest.fixture(scope="session")
def run_config() -> type[StrictConfig]:
    """The root of the tree."""
    return RunConfig
