"""Trials as values, and their table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from emotion_classifier.config.document import inline
from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.storage import write_csv

State: TypeAlias = Literal["complete", "pruned", "failed", "running", "waiting"]


@dataclass(frozen=True)
class TrialRecord:
    """A trial.

    Parameters
    ----------
    number : of the trial in the study; a trial that was replaced leaves a gap.
    values : dotted key → value; none before it has begun.
    score : of a complete trial, otherwise None.
    intermediate : step → score that was reported.
    seconds : that it took, None before its end.
    error : of a failed trial, otherwise empty.
    """

    number: int
    state: State
    values: dict[str, object]
    score: float | None
    intermediate: dict[int, float]
    seconds: float | None
    error: str = ""

    @property
    def last_score(self) -> float | None:
        """The score, or the last that was reported."""
        if self.score is not None or not self.intermediate:
            return self.score
        return self.intermediate[max(self.intermediate)]


def best_trial(records: Sequence[TrialRecord], metric: str) -> TrialRecord | None:
    """The complete trial with the best score, of equals the first; None where none is complete."""
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    scored = [(sign * record.score, record) for record in records if record.score is not None]
    return max(scored, key=lambda pair: pair[0])[1] if scored else None


def count_states(records: Sequence[TrialRecord]) -> str:
    """The number of trials in each state, in words."""
    states: tuple[State, ...] = ("complete", "pruned", "failed", "running", "waiting")
    counts = {state: sum(record.state == state for record in records) for state in states}
    return ", ".join(f"{count} {state}" for state, count in counts.items() if count)


def setting_text(value: object) -> str:
    """A value for a reader: numbers with four digits, others as JSON."""
    return f"{value:.4g}" if isinstance(value, float) else inline(value)


def write_records(path: Path, records: Sequence[TrialRecord], metric: str) -> None:
    """Write the trials as CSV, a column for each dimension; values are JSON."""
    keys = list(dict.fromkeys(key for record in records for key in record.values))
    rows: list[Sequence[object]] = [
        ("trial", "state", f"validation_{metric}", *keys, "seconds", "error")
    ]
    for record in records:
        score = record.last_score if record.state in ("complete", "pruned") else None
        rows.append(
            (
                record.number,
                record.state,
                "" if score is None else score,
                *("" if key not in record.values else inline(record.values[key]) for key in keys),
                "" if record.seconds is None else f"{record.seconds:.1f}",
                record.error,
            )
        )
    write_csv(path, rows, "Free some space and start the same command again.")
