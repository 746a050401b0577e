"""Scores as tables of text, for the terminal and for pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from emotion_classifier.evaluation.baselines import Baseline
from emotion_classifier.evaluation.comparison import Difference
from emotion_classifier.evaluation.corpus_scores import CorpusScore
from emotion_classifier.evaluation.human_comparison import HumanComparison
from emotion_classifier.evaluation.rejection import Rejection
from emotion_classifier.evaluation.report.report import Confused
from emotion_classifier.evaluation.scores import EmotionScore, Score
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


def _number_cells(estimate: Estimate) -> tuple[str, str]:
    """A value that is no share, and its interval or a dash."""
    bounds = estimate.interval
    interval = f"{bounds.low:.3f} to {bounds.high:.3f}" if bounds else DASH
    return f"{estimate.value:.3f}", interval


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


def baseline_table(ours: Sequence[Score], baselines: Sequence[Baseline]) -> Table:
    """The scores of this model above what they must be compared with."""
    rows = [*ours, *(baseline.score for baseline in baselines)]
    cells = [
        (row.name, percent(row.uar.value), interval_text(row.uar), percent(row.accuracy.value),
         percent(row.macro_f1.value))
        for row in rows
    ]  # fmt: skip
    notes = [f"{baseline.score.name}: {baseline.note}." for baseline in baselines]
    columns = ("", "UAR", "95% interval", "accuracy", "macro-F1")
    return Table(
        "Beside the baselines", columns, cells, strong=frozenset(range(len(ours))), notes=notes
    )


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


def restricted_name(one: CorpusScore) -> str:
    """What the score of a model restricted to a corpus' emotions is called."""
    return f"restricted to its {len(one.labels)} emotions"


def corpus_table(corpora: Sequence[CorpusScore]) -> Table:
    """Each corpus over its own emotions: the model as it answers, and restricted to them."""
    rows = []
    for one in corpora:
        rows.append(one.overall)
        if one.restricted:
            rows.append(replace(one.restricted, name=f"{one.name}, {restricted_name(one)}"))
    return score_table("Each corpus by itself", "corpus", rows)


def corpus_recall_table(together: Sequence[EmotionScore], corpora: Sequence[CorpusScore]) -> Table:
    """Recall of each emotion in each corpus and in all clips, all emotions allowed."""
    columns = ("emotion", *(one.name for one in corpora), "together")
    scores = [*(one.emotions for one in corpora), together]
    rows = [
        (same[0].emotion, *(percent(one.recall.value) for one in same))
        for same in zip(*scores, strict=True)
    ]
    notes = ["Their intervals, and precision and F1, are in report.json."]
    return Table("Recall of each emotion", columns, rows, notes=notes)


def human_comparison_tables(perception: HumanComparison) -> list[Table]:
    """The model beside the listeners, and how near its probabilities are to their votes."""
    rows = [perception.intended, *perception.listeners]
    if perception.majority:
        rows.insert(1, perception.majority)
    clips = perception.intended.clips
    notes = [
        "The listeners are scored against the intended emotion.",
        f"{perception.tied:,} of {clips:,} clips have no unique majority, because as many listeners "
        "heard another emotion: they are left out of the model's score of the listeners' majority, "
        "and count in equal parts in the listeners' own.",
    ]
    nearness = [
        (one.name, *_number_cells(one.cross_entropy), *_number_cells(one.total_variation))
        for one in perception.nearness
    ]
    return [
        score_table("The model and the listeners", "", rows, notes),
        Table(
            "From the model's probabilities to the listeners' shares",
            ("", "cross-entropy", "95% interval", "total variation", "95% interval"),
            nearness,
            strong=frozenset({0}),
            notes=[
                "Cross-entropy in nats, lower is better, and no lower than that of the votes "
                "themselves. Total variation: the share of the votes that would have to change."
            ],
        ),
    ]


def rejection_table(own: Rejection, others: Sequence[Rejection]) -> Table:
    """What the model's threshold of confidence does, above what other ones would do."""
    names = ["this model", *("" for _ in others)]
    rows = [
        (
            name,
            "of each fold" if one.threshold is None else f"{one.threshold:.3f}",
            percent(one.coverage),
            percent(one.accuracy),
        )
        for name, one in zip(names, (own, *others), strict=True)
    ]
    columns = ("", "uncertain below", "answered", "accuracy of these")
    note = "The model's threshold was fitted on the validation part, the others on these clips."
    return Table(
        "When it answers only what it is sure of", columns, rows, frozenset({0}), notes=[note]
    )


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
