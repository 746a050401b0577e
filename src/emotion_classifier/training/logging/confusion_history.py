"""The confusion matrix of the validation part after each epoch: ``confusion.csv``."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from emotion_classifier.errors import RunError
from emotion_classifier.evaluation.metrics import confusion, uar
from emotion_classifier.rendering.confusion_frames import confusion_animation
from emotion_classifier.runs.checksums import check
from emotion_classifier.storage import write_atomically, write_csv

if TYPE_CHECKING:
    from emotion_classifier.training.module import ClassifierModule

_REMEDY = "Free some space and continue the run."


class EpochConfusion(NamedTuple):
    """The matrix of one epoch; the first is 1.

    Parameters
    ----------
    epoch : its number.
    counts : (true emotion, predicted emotion).
    """

    epoch: int
    counts: npt.NDArray[np.int64]

    @property
    def title(self) -> str:
        """Epoch and UAR as text."""
        return f"epoch {self.epoch} · UAR {float(uar(self.counts)):.1%}"


def epoch_confusion(module: ClassifierModule) -> EpochConfusion:
    """The matrix of the epoch whose validation has just ended."""
    logits, targets = module.validation_logits, module.validation_targets
    true, predicted = (each.argmax(1).cpu().numpy() for each in (targets, logits))
    return EpochConfusion(module.history[-1].epoch, confusion(true, predicted, logits.shape[1]))


def write_confusions(
    path: Path, emotions: Sequence[str], matrices: Sequence[EpochConfusion]
) -> None:
    """Write one row for each epoch and true emotion; an older file is replaced as a whole."""
    rows: list[tuple[object, ...]] = [("epoch", "true", *emotions)]
    for epoch, counts in matrices:
        for emotion, row in zip(emotions, counts.tolist(), strict=True):
            rows.append((epoch, emotion, *row))
    write_csv(path, rows, _REMEDY)


def read_confusions(path: Path) -> list[EpochConfusion]:
    """The matrices in a file of `write_confusions`.

    Raises
    ------
    RunError
        The file is missing or damaged.
    """
    check(path)
    try:
        with path.open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        size = len(header) - 2
        counts = np.array([row[2:] for row in rows], dtype=np.int64).reshape(-1, size, size)
        epochs = [int(row[0]) for row in rows[::size]]
        return [EpochConfusion(*pair) for pair in zip(epochs, counts, strict=True)]
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise RunError(f"{path} cannot be read as confusion matrices: {error}") from error


def write_animation(
    path: Path, emotions: Sequence[str], matrices: Sequence[EpochConfusion]
) -> None:
    """Write the matrices as an animated GIF."""
    counts = np.stack([matrix.counts for matrix in matrices])
    titles = [matrix.title for matrix in matrices]
    write_atomically(path, confusion_animation(counts, emotions, titles), _REMEDY)
