"""The scores of each epoch: ``history.csv``."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from emotion_classifier.storage import write_atomically


class EpochRow(NamedTuple):
    """One epoch; the first is 1. Losses in nats, the learning rate of its last step."""

    epoch: int
    train_loss: float
    validation_loss: float
    validation_uar: float
    validation_accuracy: float
    learning_rate: float
    seconds: float

    def score(self, monitor: Literal["uar", "loss"]) -> float:
        """Validation score by which epochs are compared: higher is better, never NaN."""
        score = self.validation_uar if monitor == "uar" else -self.validation_loss
        return score if math.isfinite(score) else -math.inf


def is_best(rows: Sequence[EpochRow], monitor: Literal["uar", "loss"]) -> bool:
    """Whether the last epoch is better than all before it."""
    *before, last = (row.score(monitor) for row in rows)
    return all(last > score for score in before)


def best_epochs(
    rows: Sequence[EpochRow], monitor: Literal["uar", "loss"], count: int
) -> list[EpochRow]:
    """The `count` best epochs, or all where there are fewer, in their order; of equals the first."""
    ranked = sorted(rows, key=lambda row: -row.score(monitor))
    return sorted(ranked[:count])


def write_history(path: Path, rows: Sequence[EpochRow]) -> None:
    """Write all epochs so far; an older file is replaced as a whole."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(EpochRow._fields)
    writer.writerows(rows)
    write_atomically(path, text.getvalue().encode(), "Free some space and continue the run.")


def read_history(path: Path) -> list[EpochRow]:
    """The epochs that `write_history` wrote."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    return [EpochRow(int(row[0]), *map(float, row[1:])) for row in rows]
