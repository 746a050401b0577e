"""The settings of one run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from emotion_classifier.audio.augmentation.chain import PolicyConfig
from emotion_classifier.config import StrictConfig
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.data.load import DataConfig
from emotion_classifier.model_folder.input import InputConfig
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.runs.run_folder import RunName
from emotion_classifier.training.config import TrainingConfig

_FOLD = "{fold}"


class PretrainedWeightsConfig(StrictConfig):
    """A pretrained classifier to start from."""

    enabled: bool = True
    """Whether to start from it."""
    path: Path | None = None
    """A run, a model folder or the name of a bundled model; needed where `enabled` is true. `{fold}` as
    in `distillation.teachers`."""
    kept_share: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Share of these weights in those of the finished model, beside the trained ones (WiSE-FT, Wortsman et
    al., CVPR 2022)."""

    @model_validator(mode="after")
    def _requires_path(self) -> Self:
        if self.enabled and self.path is None:
            raise ValueError("path is missing: name a run or a model folder, or set enabled: false")
        return self

    def of_fold(self, fold: str) -> Self:
        """The settings with the name of a fold for `{fold}` in the path."""
        return self.model_copy(update={"path": self.path and _of_fold(self.path, fold)})


class DistillationConfig(StrictConfig):
    """Teachers: trained models whose predictions become targets (Hinton et al., arXiv 1503.02531).

    A target is `weight` times the distribution that the teachers predict for the clip, plus the rest
    of the weight on its label. Of several teachers the mean of the probabilities is taken.
    """

    teachers: Annotated[tuple[Path, ...], Field(min_length=1)]
    """Runs, model folders or names of bundled models. `{fold}` in a path becomes fold1, fold2 … in
    cross-validation, speaker-NAME and without-CORPUS where speakers and corpora are left out, all in the
    training on all speakers of `emotion bundle`, and folds-final in that of `emotion train --final`."""
    weight: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """Proportion of the target that the teachers predict."""
    temperature: Annotated[float, Field(gt=0.0, le=100.0)] = 1.0
    """Divisor of the logarithms of the teachers' probabilities; above 1 the distribution is flatter."""

    def of_fold(self, fold: str) -> Self:
        """The settings with the name of a fold for `{fold}` in the paths of teachers."""
        paths = tuple(_of_fold(path, fold) for path in self.teachers)
        return self.model_copy(update={"teachers": paths})


def _of_fold(path: Path, fold: str) -> Path:
    return Path(str(path).replace(_FOLD, fold))


def of_one_model(path: Path) -> Path:
    """The path of an earlier model.

    Raises
    ------
    ConfigError
        It still has `{fold}`, as outside cross-validation there are no folds.
    """
    if _FOLD in str(path):
        raise ConfigError(
            f"{path}: {_FOLD} stands for the name of a fold, which only cross-validation has: name "
            f"one model, such as {_of_fold(path, 'fold1')}"
        )
    return path


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
    distillation: DistillationConfig | None = None
    """Trained models that this one learns from; null trains on labels alone."""
    training: TrainingConfig = TrainingConfig()
    """Optimisation."""
    keep_misclassified: Annotated[int, Field(ge=0)] = 100
    """Misclassified test clips to copy into the run, the most confident first; 0 for none."""

    @property
    def kept_share(self) -> float:
        """Share of the weights before training in those of the finished model."""
        chosen = self.pretrained_weights
        return chosen.kept_share if chosen is not None and chosen.enabled else 0.0

    def of_fold(self, fold: str) -> Self:
        """The settings with the name of a fold for `{fold}` in the paths of earlier models."""
        update = {
            "pretrained_weights": self.pretrained_weights and self.pretrained_weights.of_fold(fold),
            "distillation": self.distillation and self.distillation.of_fold(fold),
        }
        return self.model_copy(update=update)
