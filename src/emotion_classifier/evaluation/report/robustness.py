"""The results of a stress test that a report takes over from ``stress/stress.json`` in its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from emotion_classifier.evaluation.report.written import read_written
from emotion_classifier.evaluation.uncertainty import Estimate

STRESS_FILE = Path("stress", "stress.json")
"""File below the folder of a run, which `emotion stress RUN -o RUN/stress` writes."""


@dataclass(frozen=True)
class Outcome:
    """UAR of changed clips, its change, and the share of unchanged predictions."""

    uar: Estimate
    change: Estimate
    unchanged: Estimate


class Condition(BaseModel):
    """A change of the clips, such as a background at an SNR, and the outcome of the model."""

    model_config = ConfigDict(frozen=True)

    name: str
    group: str
    model: Outcome


class Robustness(BaseModel):
    """The conditions of a stress test, and its unchanged clips."""

    model_config = ConfigDict(frozen=True)

    clips: int
    speakers: int
    clean_uar: Estimate
    conditions: tuple[Condition, ...]


def read_robustness(folder: Path) -> Robustness | None:
    """The results of the stress test of a run; see `read_written`."""
    kind, remedy = "the results of `emotion stress`", "repeat it, or remove the file"
    return read_written(folder / STRESS_FILE, Robustness, kind, remedy)
