"""Comparisons of runs as tables of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from emotion_classifier.evaluation.changed_clips import ChangedClip
from emotion_classifier.evaluation.comparison import Difference
from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.paired_tests import SIGNIFICANCE
from emotion_classifier.evaluation.report.comparison_report import Efficiency
from emotion_classifier.evaluation.report.tables import DASH, change_text, p_text
from emotion_classifier.evaluation.uncertainty import Estimate
from emotion_classifier.rendering.tables import Table

_MEASURES = {"recall": "recall", "f1": "F1"}


def difference_table(differences: Sequence[Difference]) -> Table:
    """Differences between runs, of shares in percentage points, with corrected p values."""
    rows: list[tuple[str, ...]] = []
    strong: set[int] = set()
    for one in differences:
        for name, metric in METRICS.items():
            p_value = one.corrected_p_values[name]
            if p_value < SIGNIFICANCE:
                strong.add(len(rows))
            change = change_text(one.estimates[name], metric.unit)
            rows.append((_pair(one), metric.label, change, p_text(p_value)))
    note = (
        "Shares in percentage points, with 95% interval, paired by speaker. p: permutation test by "
        "speaker, corrected by Holm's method over all pairs of runs. Highlighted: p below "
        f"{SIGNIFICANCE}."
    )
    columns = ("runs", "metric", "difference", "p")
    left = frozenset({0, 1})
    return Table("Differences", columns, rows, frozenset(strong), notes=[note], left=left)


def _pair(difference: Difference) -> str:
    return f"{difference.second} minus {difference.first}"


def mcnemar_table(differences: Sequence[Difference]) -> Table:
    """Clips that only one run of each pair predicts correctly, and McNemar's test."""
    rows = [
        (_pair(one), f"{found.only_second:,}", f"{found.only_first:,}", p_text(found.p))
        for one in differences
        if (found := one.mcnemar) is not None
    ]
    note = (
        "McNemar's test, not corrected, takes all clips as independent: clips of one speaker are not, "
        "so that its p is too small. The test by speaker decides."
    )
    columns = ("runs", "wrong to correct", "correct to wrong", "McNemar p")
    return Table("Changed clips", columns, rows, notes=[note])


def emotion_difference_table(difference: Difference) -> Table:
    """Differences of each emotion in recall and F1 between two runs."""
    rows: list[tuple[str, ...]] = []
    strong: set[int] = set()
    for emotion in dict.fromkeys(one.emotion for one in difference.emotions):
        found = {one.measure: one for one in difference.emotions if one.emotion == emotion}
        if any(one.corrected_p_value < SIGNIFICANCE for one in found.values()):
            strong.add(len(rows))
        cells = (
            (change_text(found[name].estimate), p_text(found[name].corrected_p_value))
            for name in _MEASURES
        )
        rows.append((emotion, *chain.from_iterable(cells)))
    columns = ("emotion", *chain.from_iterable((label, "p") for label in _MEASURES.values()))
    note = (
        "p: corrected by Holm's method over all emotions and pairs of runs, for each measure. "
        f"Highlighted: a p below {SIGNIFICANCE}."
    )
    return Table(_pair(difference), columns, rows, frozenset(strong), notes=[note])


def efficiency_table(efficiency: Mapping[str, Efficiency]) -> Table:
    """Parameters, size, training and prediction time of each run."""
    rows = [
        (
            name,
            _known(one.parameters, ","),
            _known(one.trained_parameters, ","),
            _known(one.model_megabytes, ".2f"),
            _known(one.training_seconds and one.training_seconds / 60, ".1f"),
            _known(one.prediction_share, ".4f"),
        )
        for name, one in efficiency.items()
    ]
    columns = (
        "run",
        "parameters",
        "trained",
        "model (MB)",
        "training (min)",
        "prediction (s/s)",
    )
    notes = [
        "Times of the machines of the runs. Training: all epochs, of all folds and seeds. Prediction: seconds "
        f"per second of audio, decoding included. {DASH}: not known."
    ]
    return Table("Efficiency", columns, rows, notes=notes)


def _known(value: float | None, form: str) -> str:
    return DASH if value is None else f"{value:{form}}"


def changed_table(
    title: str, clips: Sequence[ChangedClip], runs: tuple[str, str], shown: int
) -> Table:
    """The first `shown` of the clips, with the emotions that both runs predict."""
    rows = [(one.id, one.true, one.first, one.second) for one in clips[:shown]]
    left = len(clips) - len(rows)
    notes = [f"{left:,} more are in changed_clips.csv."] if left else []
    return Table(title, ("clip", "true", *runs), rows, notes=notes, left=frozenset(range(4)))


def all_differences_table(differences: Sequence[Difference]) -> Table:
    """Every difference with its interval and p values, unrounded: the content of ``comparison.csv``."""
    columns = (
        "first", "second", "measure", "emotion", "difference", "low", "high", "p", "corrected_p",
    )  # fmt: skip
    rows = [row for one in differences for row in _rows(one)]
    return Table("All differences", columns, rows)


def _rows(one: Difference) -> Iterator[tuple[str, ...]]:
    for name, estimate in one.estimates.items():
        tests = (one.p_values[name], one.corrected_p_values[name])
        yield (one.first, one.second, name, "", *_numbers(estimate, *tests))
    for found in one.emotions:
        tests = (found.p_value, found.corrected_p_value)
        yield (
            one.first, one.second, found.measure, found.emotion, *_numbers(found.estimate, *tests),
        )  # fmt: skip


def _numbers(estimate: Estimate, *tests: float) -> tuple[str, ...]:
    bounds = estimate.interval
    limits = (bounds.low, bounds.high) if bounds else (np.nan, np.nan)
    numbers = (estimate.value, *limits, *tests)
    return tuple("" if np.isnan(number) else repr(float(number)) for number in numbers)


def all_changed_table(differences: Sequence[Difference]) -> Table:
    """Every changed clip of every pair: the content of ``changed_clips.csv``."""
    columns = (
        "first", "second", "change", "id", "file", "speaker", "true", "predicted_by_first",
        "predicted_by_second",
    )  # fmt: skip
    rows = [
        (one.first, one.second, change, *vars(clip).values())
        for one in differences
        if one.changed is not None
        for change, clips in vars(one.changed).items()
        for clip in clips
    ]
    return Table("All changed clips", columns, rows)
