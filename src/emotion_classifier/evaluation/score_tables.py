"""Scores as tables of text, for the terminal and for pages."""

from __future__ import annotations

import math
from collections.abc import Sequence

from emotion_classifier.evaluation.baselines import Baseline
from emotion_classifier.evaluation.comparison import Difference
from emotion_classifier.evaluation.groups import EmotionScore
from emotion_classifier.evaluation.report import Confused
from emotion_classifier.evaluation.score import Score
from emotion_classifier.evaluation.uncertainty import Estimate
from emotion_classifier.rendering.tables import Table

DASH = "\N{EN DASH}"
FEW_SPEAKERS = 8
_COLUMNS = ("UAR", "95% interval", "accuracy", "macro-F1", "clips", "speakers")


def percent(value: float) -> str:
    """`value` in per cent with one decimal; a dash where it is not defined.

    >>> percent(0.6234)
    '62.3%'
    """
    return DASH if math.isnan(value) else f"{100 * value:.1f}%"


def interval_text(estimate: Estimate) -> str:
    """The interval in per cent; a dash where there is none."""
    if estimate.interval is None:
        return DASH
    return f"{100 * estimate.interval.low:.1f} to {100 * estimate.interval.high:.1f}"


def change_text(estimate: Estimate) -> str:
    """A difference in percentage points with its sign and interval.

    >>> change_text(Estimate(0.021, None))
    '+2.1'
    """
    if math.isnan(estimate.value):
        return DASH
    change = f"{100 * estimate.value:+.1f}"
    if estimate.interval is None:
        return change
    return f"{change} ({100 * estimate.interval.low:+.1f} to {100 * estimate.interval.high:+.1f})"


def interval_note(score: Score) -> str:
    """What the interval of a score means, or why there is none."""
    if score.uar.interval is None:
        return (
            "There is no interval: all clips are by one speaker, and one speaker tells nothing "
            "about others."
        )
    note = f"95% intervals: bootstrap over the {score.speakers:,} speakers."
    if score.speakers < FEW_SPEAKERS:
        note += " So few speakers make even the interval uncertain; score more of them."
    return note


def score_row(score: Score) -> tuple[str, ...]:
    """The cells of one score, under the columns of `score_table`."""
    return (
        score.name,
        percent(score.uar.value),
        interval_text(score.uar),
        percent(score.accuracy.value),
        percent(score.macro_f1.value),
        f"{score.clips:,}",
        f"{score.speakers:,}",
    )


def score_table(title: str, what: str, scores: Sequence[Score], notes: Sequence[str] = ()) -> Table:
    """One row for each score; `what` names the first column."""
    return Table(title, (what, *_COLUMNS), [score_row(score) for score in scores], notes=notes)


def baseline_table(overall: Score, baselines: Sequence[Baseline]) -> Table:
    """This model above what it must be compared with."""
    rows = [overall, *(baseline.score for baseline in baselines)]
    cells = [
        (row.name, percent(row.uar.value), interval_text(row.uar), percent(row.accuracy.value),
         percent(row.macro_f1.value))
        for row in rows
    ]  # fmt: skip
    notes = [f"{baseline.score.name}: {baseline.note}." for baseline in baselines]
    columns = ("", "UAR", "95% interval", "accuracy", "macro-F1")
    return Table("Beside the baselines", columns, cells, strong=frozenset({0}), notes=notes)


def emotion_table(emotions: Sequence[EmotionScore]) -> Table:
    """Precision, recall and F1 of each emotion."""
    rows = [
        (
            one.emotion,
            percent(one.recall.value),
            interval_text(one.recall),
            percent(one.precision.value),
            percent(one.f1.value),
            f"{one.clips:,}",
            f"{one.predicted:,}",
        )
        for one in emotions
    ]
    columns = ("emotion", "recall", "95% interval", "precision", "F1", "clips", "predicted")
    return Table("Each emotion", columns, rows)


def confused_table(confused: Sequence[Confused], shown: int = 10) -> Table:
    """The pairs that are confused most, as shares of the true emotion."""
    rows = [
        (f"{pair.true} taken for {pair.predicted}", percent(pair.share), f"{pair.clips:,}")
        for pair in confused[:shown]
    ]
    left = len(confused) - len(rows)
    notes = [f"{left} rarer pairs are in report.json."] if left else []
    title = "Most confused, as a share of the true emotion"
    return Table(title, ("pair", "share", "clips"), rows, notes=notes)


def difference_table(differences: Sequence[Difference]) -> Table:
    """How much better one run is than another, in percentage points."""
    rows = [
        (
            f"{one.second} over {one.first}",
            change_text(one.uar),
            change_text(one.accuracy),
            change_text(one.macro_f1),
        )
        for one in differences
    ]
    note = (
        "Percentage points with 95% interval, paired by speaker: one without zero is a difference."
    )
    return Table("Differences", ("", "UAR", "accuracy", "macro-F1"), rows, notes=[note])
