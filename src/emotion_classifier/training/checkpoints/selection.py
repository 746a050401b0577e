"""The weights of a trained model: of the best epoch, of the last, or the mean of several."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.runs.history import EpochRow, best_epochs
from emotion_classifier.training.checkpoints.files import (
    BEST,
    LAST,
    epoch_path,
    keep_share,
    load_average,
    load_weights,
    read_checkpoint,
    trained_parameters,
)
from emotion_classifier.training.config import TrainingConfig


@dataclass(frozen=True)
class Fitted:
    """A trained classifier.

    Parameters
    ----------
    classifier : with the selected weights, adapters merged.
    best_epoch : the selected epoch, or the best of those averaged; the first is 1.
    validation_uar : of `classifier`; None where there was no validation.
    trained_parameters : number of weights that training may have changed.
    averaged_epochs : those whose weights were averaged, in order; empty for a single epoch.
    kept_share : share of the weights that training started from.
    """

    classifier: EmotionClassifier
    best_epoch: int
    validation_uar: float | None
    trained_parameters: int
    averaged_epochs: tuple[int, ...] = ()
    kept_share: float = 0.0

    @property
    def origin(self) -> str:
        """The selected epochs, in words."""
        kept = f" and {self.kept_share:g} of the weights before" if self.kept_share else ""
        if self.averaged_epochs:
            return f"mean of epochs {', '.join(map(str, self.averaged_epochs))}{kept}"
        return f"epoch {self.best_epoch}{kept}"

    def with_earlier(
        self, earlier: Mapping[str, torch.Tensor], share: float, validate: Callable[[], float]
    ) -> Fitted:
        """The classifier with a share of earlier weights, those that training started from.

        Parameters
        ----------
        earlier : all weights of the classifier; see `plain_weights`.
        share : of the earlier weights.
        validate : returns the validation UAR of the classifier; called where there was a validation.
        """
        keep_share(self.classifier, earlier, share)
        uar = None if self.validation_uar is None else validate()
        return replace(self, validation_uar=uar, kept_share=share)


def select_weights(
    classifier: EmotionClassifier,
    folder: Path,
    config: TrainingConfig,
    validate: Callable[[], float],
) -> Fitted:
    """The classifier with the weights that `config.keep` selects.

    Parameters
    ----------
    classifier : its weights are replaced.
    folder : of the checkpoints.
    validate : returns the validation UAR of `classifier`; called for averaged weights only.
    """
    trained = trained_parameters(classifier)
    if config.keep != "average":
        path = folder / f"{BEST if config.keep == 'best' else LAST}.ckpt"
        row = _history(path)[-1]
        load_weights(classifier, path)
        uar = None if math.isnan(row.validation_uar) else row.validation_uar
        return Fitted(classifier.eval(), row.epoch, uar, trained)
    rows = best_epochs(_history(folder / f"{LAST}.ckpt"), config.monitor, config.average_best)
    load_average(classifier, [epoch_path(folder, row.epoch) for row in rows])
    (best,) = best_epochs(rows, config.monitor, 1)
    epochs = tuple(row.epoch for row in rows)
    return Fitted(classifier.eval(), best.epoch, validate(), trained, epochs)


def _history(checkpoint: Path) -> list[EpochRow]:
    rows = read_checkpoint(checkpoint)["history"]
    return [EpochRow.from_record(row) for row in rows]
