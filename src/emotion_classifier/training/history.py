"""The scores of each epoch: ``history.csv``."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

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
