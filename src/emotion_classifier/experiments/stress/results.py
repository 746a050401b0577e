"""Results of a stress test: of each condition, of chance, and in one value for the report."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from emotion_classifier.evaluation.metrics import Number, uar
from emotion_classifier.evaluation.uncertainty import (
    Estimate,
    Interval,
    confusions_by_speaker,
    estimate,
    mean,
    resample,
)
from emotion_classifier.experiments.stress.conditions import Limits
from emotion_classifier.experiments.stress.paired_predictions import PairedPredictions
from emotion_classifier.model_folder.specification import SoundFacts


@dataclass(frozen=True)
class Outcome:
    """The predictions for changed clips, beside those for the same clips unchanged.

    Parameters
    ----------
    uar : unweighted average recall of the changed clips; a clip without a prediction is wrong.
    change : to the UAR of the unchanged clips.
    unchanged : share of the clips whose predicted emotion stays the same.
    """

    uar: Estimate
    change: Estimate
    unchanged: Estimate


@dataclass(frozen=True)
class ConditionResult:
    """A condition, its limits, and the outcome of the model and of two models without audio.

    Parameters
    ----------
    snr_db, background : where the condition is a background.
    model : the outcome of the tested model.
    random : of a model that predicts every clip at random, all emotions equally likely.
    majority : of a model that always predicts the most frequent emotion of the clips.
    without_prediction : changed clips that could not be predicted, or had no speech.
    """

    name: str
    group: str
    limits: Limits
    snr_db: float | None
    background: str | None
    model: Outcome
    random: Outcome
    majority: Outcome
    without_prediction: int


@dataclass(frozen=True)
class LimitsMet:
    """How many limits a model keeps, by the values; and how many intervals hold their limit.

    Parameters
    ----------
    unchanged, change : kept limits of the share of unchanged predictions, and of the change of UAR.
    """

    name: str
    unchanged: int
    unchanged_limits: int
    change: int
    change_limits: int
    undecided: int


@dataclass(frozen=True, kw_only=True)
class StressReport:
    """The results of a stress test; the fields are the keys of ``stress.json``."""

    format: Literal[1] = 1
    title: str
    warnings: tuple[str, ...]
    left_out: tuple[str, ...]
    facts: Mapping[str, str]
    origin: Mapping[str, str] = field(default_factory=dict)
    emotions: tuple[str, ...]
    clips: int
    speakers: int
    clean_uar: Estimate
    conditions: tuple[ConditionResult, ...]
    limits_met: tuple[LimitsMet, ...]
    false_emotions: tuple[SoundFacts, ...]


def outcome(
    pairs: PairedPredictions, speakers: Sequence[str], emotions: int, rng: np.random.Generator
) -> Outcome:
    """The scores of paired predictions, with intervals by the speaker (clip,) of each clip."""
    counted = (np.where(p < 0, emotions, p) for p in (pairs.clean, pairs.changed))
    counts = [confusions_by_speaker(pairs.true, p, speakers, emotions + 1) for p in counted]
    runs = np.stack(counts, axis=1).astype(np.int64)
    before, after = uar(runs.sum(axis=0))
    drawn = uar(resample(runs, rng))
    number = len(runs)
    return Outcome(
        estimate(after, drawn[:, 1], number),
        estimate(after - before, drawn[:, 1] - drawn[:, 0], number),
        mean((pairs.clean == pairs.changed).astype(np.float64), speakers, rng),
    )


def random_pairs(
    true: npt.NDArray[np.int64], emotions: int, rng: np.random.Generator
) -> PairedPredictions:
    """Predictions of a model that draws an emotion for every clip, each time anew."""
    clean, changed = rng.integers(emotions, size=(2, len(true)))
    return PairedPredictions(true, clean, changed)


def majority_pairs(true: npt.NDArray[np.int64], emotions: int) -> PairedPredictions:
    """Predictions of a model that always predicts the most frequent emotion of the clips."""
    constant = np.full(len(true), np.bincount(true, minlength=emotions).argmax())
    return PairedPredictions(true, constant, constant)


def limits_met(
    conditions: Sequence[ConditionResult],
) -> tuple[LimitsMet, ...]:
    """The kept limits of the model, the random and the majority model."""
    names = {"this model": "model", "random model": "random", "majority model": "majority"}
    found = []
    for name, attribute in names.items():
        pairs = [(one.limits, getattr(one, attribute)) for one in conditions]
        unchanged = [(o.unchanged, limits.unchanged) for limits, o in pairs]
        change = [(o.change, limits.change) for limits, o in pairs]
        limited = [(value, limit) for value, limit in (*unchanged, *change) if limit is not None]
        found.append(
            LimitsMet(
                name,
                *_kept(unchanged),
                *_kept(change),
                sum(is_undecided(value, limit) for value, limit in limited),
            )
        )
    return tuple(found)


def is_undecided(value: Estimate, limit: float) -> bool:
    """Whether the limit is within the interval of the value."""
    interval: Interval | None = value.interval
    return interval is not None and interval.low < limit <= interval.high


def _kept(values: Sequence[tuple[Estimate, float | None]]) -> tuple[int, int]:
    """Kept limits, and limits."""
    limited = [value.value >= limit for value, limit in values if limit is not None]
    return sum(limited), len(limited)


_ADAPTER = TypeAdapter(StressReport)


def to_json(report: StressReport) -> str:
    """The report as JSON: unrounded numbers, null where a number is not defined."""
    content = _ADAPTER.dump_python(report, mode="json")
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_csv(report: StressReport) -> str:
    """A row for each condition and model: unrounded values with their intervals and limits."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    measures = ("unchanged", "change", "uar")
    bounds = [f"{measure}{part}" for measure in measures for part in ("", "_low", "_high")]
    writer.writerow(
        ("group", "condition", "snr_db", "model", *bounds, "unchanged_limit", "change_limit")
    )
    writer.writerows(_rows(report, measures))
    return text.getvalue()


def _rows(report: StressReport, measures: Sequence[str]) -> Iterator[list[object]]:
    for one in report.conditions:
        for model in ("model", "random", "majority"):
            cells: list[object] = [one.group, one.name, _cell(one.snr_db), model]
            for measure in measures:
                value: Estimate = getattr(getattr(one, model), measure)
                interval = value.interval
                cells += [value.value, *((interval.low, interval.high) if interval else ("", ""))]
            yield [*cells, _cell(one.limits.unchanged), _cell(one.limits.change)]


def _cell(value: Number | None) -> object:
    return "" if value is None else value
