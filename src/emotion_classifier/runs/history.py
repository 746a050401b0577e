"""The scores of each epoch: ``history.csv``."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from emotion_classifier.errors import RunError
from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.runs.checksums import check
from emotion_classifier.storage import write_atomically

if TYPE_CHECKING:
    Monitor: TypeAlias = str
else:
    # A type checker takes no literals made at run time; pydantic lists them in its messages.
    Monitor = Literal[(*METRICS, "loss")]

_TRAINING, _VALIDATION = "train_", "validation_"
_BEFORE, _AFTER = ("epoch", "train_loss", "validation_loss"), ("learning_rate", "seconds")
_COLUMNS = (
    *_BEFORE,
    *(_VALIDATION + name for name in METRICS),
    *(_TRAINING + name for name in METRICS),
    *_AFTER,
)
_EARLIER_COLUMNS = (*_BEFORE, "validation_uar", "validation_accuracy", *_AFTER)
"""Of the rows in checkpoints that held values without their names."""


@dataclass(frozen=True)
class EpochRow:
    """The scores of one epoch; NaN where they were not measured.

    Parameters
    ----------
    epoch : its number; the first is 1.
    train_loss, validation_loss : in nats.
    validation : metric → its value on the validation part.
    training : metric → its value in the steps of the epoch: of augmented clips, with dropout, before
        each step changed the weights.
    learning_rate : of the last step.
    seconds : that the epoch took.
    """

    epoch: int
    train_loss: float
    validation_loss: float
    validation: Mapping[str, float]
    training: Mapping[str, float]
    learning_rate: float
    seconds: float

    @classmethod
    def from_record(cls, record: Mapping[str, float | str] | Sequence[float]) -> EpochRow:
        """The row of a record, or of its values as earlier versions stored them."""
        if not isinstance(record, Mapping):
            record = dict(zip(_EARLIER_COLUMNS, record, strict=True))
        validation, training = (
            {name: float(record.get(part + name, math.nan)) for name in METRICS}
            for part in (_VALIDATION, _TRAINING)
        )
        epoch, train_loss, validation_loss = (float(record[name]) for name in _BEFORE)
        rate, seconds = (float(record[name]) for name in _AFTER)
        return cls(int(epoch), train_loss, validation_loss, validation, training, rate, seconds)

    @property
    def record(self) -> dict[str, float]:
        """Column of ``history.csv`` → value."""
        parts = {_VALIDATION: self.validation, _TRAINING: self.training}
        metrics = {
            part + name: value for part, each in parts.items() for name, value in each.items()
        }
        values = vars(self) | metrics
        return {column: values[column] for column in _COLUMNS}

    @property
    def validation_uar(self) -> float:
        """Unweighted average recall on the validation part."""
        return self.validation["uar"]

    def score(self, monitor: Monitor) -> float:
        """Validation score by which epochs are compared: higher is better, never NaN."""
        value = self.validation_loss if monitor == "loss" else self.validation[monitor]
        score = value if higher_is_better(monitor) else -value
        return score if math.isfinite(score) else -math.inf


def higher_is_better(monitor: Monitor) -> bool:
    """Whether a higher value of `monitor` is better."""
    return monitor != "loss" and METRICS[monitor].higher_is_better


def is_best(rows: Sequence[EpochRow], monitor: Monitor) -> bool:
    """Whether the last epoch is better than all before it."""
    *before, last = (row.score(monitor) for row in rows)
    return all(last > score for score in before)


def best_epochs(rows: Sequence[EpochRow], monitor: Monitor, count: int) -> list[EpochRow]:
    """The `count` best epochs, or all where there are fewer, in their order; of equals the first."""
    ranked = sorted(rows, key=lambda row: -row.score(monitor))
    return sorted(ranked[:count], key=lambda row: row.epoch)


def write_history(path: Path, rows: Sequence[EpochRow]) -> None:
    """Write all epochs so far; an older file is replaced as a whole."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.record for row in rows)
    write_atomically(path, text.getvalue().encode(), "Free some space and continue the run.")


def read_history(path: Path) -> list[EpochRow]:
    """The epochs that `write_history` wrote; metrics of which it has no column are NaN.

    Raises
    ------
    RunError
        The file is missing or damaged.
    """
    check(path)
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [EpochRow.from_record(row) for row in csv.DictReader(file)]
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise RunError(f"{path} cannot be read as the history of a run: {error!r}") from error
    if [row.epoch for row in rows] != list(range(1, len(rows) + 1)) or not rows:
        raise RunError(f"{path} is damaged: it has {len(rows)} epochs, and some are missing")
    return rows
