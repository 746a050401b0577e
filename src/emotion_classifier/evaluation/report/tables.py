"""Scores as tables of text, for the terminal and for pages."""

from __future__ import annotations

import math
from collections.abc import Sequence

from emotion_classifier.evaluation.baselines import Baseline
from emotion_classifier.evaluation.corpus_scores import MEASURES, CorpusScore
from emotion_classifier.evaluation.groups import LEAST_SPEAKERS, GroupDifference
from emotion_classifier.evaluation.human_comparison import HumanComparison
from emotion_classifier.evaluation.metrics import METRICS, Unit
from emotion_classifier.evaluation.paired_tests import SIGNIFICANCE
from emotion_classifier.evaluation.rejection import Rejection
from emotion_classifier.evaluation.report.report import Confused
from emotion_classifier.evaluation.scores import EmotionScore, Score
from emotion_classifier.evaluation.uncertainty import Estimate, Interval
from emotion_classifier.rendering.tables import Table

DASH = "\N{EN DASH}"
FEW_SPEAKERS = 8
_SMALLEST_SHOWN_P = 0.001
_INTERVAL = "95% interval"
_HEADLINE = next(iter(METRICS.values()))
_LABELS = tuple(metric.label for metric in METRICS.values())
_METRIC_COLUMNS = (_LABELS[0], _INTERVAL, *_LABELS[1:])


def percent(value: float) -> str:
    """`value` in per cent with one decimal; a dash where it is not defined.

    >>> percent(0.6234)
    '62.3%'
    """
    return value_text(value, "%")


def value_text(value: float, unit: Unit) -> str:
    """`value` in its unit; a dash where it is not defined.

    >>> value_text(0.6234, "")
    '0.623'
    """
    return DASH if math.isnan(value) else f"{_scaled(value, unit)}{unit}"


def interval_text(estimate: Estimate, unit: Unit = "%") -> str:
    """The interval, per cent without the sign; a dash where there is none, or it has no width."""
    if estimate.interval is None or estimate.interval.low == estimate.interval.high:
        return DASH
    return _bounds(estimate.interval, unit)


def change_text(estimate: Estimate, unit: Unit = "%") -> str:
    """A difference with its sign and interval, of shares in percentage points.

    >>> change_text(Estimate(0.021, None))
    '+2.1'
    """
    if math.isnan(estimate.value):
        return DASH
    change = _scaled(estimate.value, unit, sign="+")
    if estimate.interval is None:
        return change
    return f"{change} ({_bounds(estimate.interval, unit, sign='+')})"


def _bounds(interval: Interval, unit: Unit, sign: str = "") -> str:
    return f"{_scaled(interval.low, unit, sign)} to {_scaled(interval.high, unit, sign)}"


def _cells(estimate: Estimate, unit: Unit = "%") -> tuple[str, str]:
    return value_text(estimate.value, unit), interval_text(estimate, unit)


def _scaled(value: float, unit: Unit, sign: str = "") -> str:
    return f"{100 * value:{sign}.1f}" if unit == "%" else f"{value:{sign}.3f}"


def interval_note(score: Score) -> str:
    """The meaning of the interval of a score, or the reason why there is none."""
    if score[_HEADLINE.name].interval is None:
        return "There is no interval: all clips are by one speaker."
    note = f"95% intervals: bootstrap over the {score.speakers:,} speakers."
    if score.speakers < FEW_SPEAKERS:
        note += " With so few speakers even the interval is uncertain; score more of them."
    return note


def score_table(
    title: str, first_column: str, scores: Sequence[Score], notes: Sequence[str] = ()
) -> Table:
    """One row for each score, with the number of clips and speakers."""
    columns = (first_column, *_METRIC_COLUMNS, "clips", "speakers")
    rows = [(*_score_cells(score), f"{score.clips:,}", f"{score.speakers:,}") for score in scores]
    return Table(title, columns, rows, notes=notes)


def baseline_table(own: Sequence[Score], baselines: Sequence[Baseline]) -> Table:
    """The scores of this model above its baselines."""
    rows = [_score_cells(score) for score in (*own, *(one.score for one in baselines))]
    notes = [f"{baseline.score.name}: {baseline.note}." for baseline in baselines]
    columns = ("", *_METRIC_COLUMNS)
    return Table("Beside the baselines", columns, rows, frozenset(range(len(own))), notes)


def _score_cells(score: Score) -> tuple[str, ...]:
    headline, *others = _metric_cells(score)
    return (score.name, headline, interval_text(score[_HEADLINE.name], _HEADLINE.unit), *others)


def _metric_cells(score: Score) -> list[str]:
    return [value_text(score[name].value, metric.unit) for name, metric in METRICS.items()]


def emotion_table(emotions: Sequence[EmotionScore]) -> Table:
    """Precision, recall and F1 of each emotion."""
    rows = [
        (
            one.emotion,
            *_cells(one.recall),
            percent(one.precision.value),
            percent(one.f1.value),
            f"{one.clips:,}",
            f"{one.predicted:,}",
        )
        for one in emotions
    ]
    columns = ("emotion", "recall", _INTERVAL, "precision", "F1", "clips", "predicted")
    return Table("Each emotion", columns, rows)


def corpus_table(corpora: Sequence[CorpusScore]) -> Table:
    """Each corpus: the model with all its emotions, and restricted to those of the corpus."""
    rows = [score for corpus in corpora for score in corpus.scores]
    return score_table("Scores by corpus", "corpus", rows)


def closed_set_table(corpora: Sequence[CorpusScore]) -> Table:
    """Each corpus: closed-set and open-set UAR, recall of neutral, ECE; of several their means."""
    rows = [
        (
            one.name,
            *(_value_with_interval(one.measures[name]) for name in MEASURES),
            f"{len(one.labels)}",
            f"{one.overall.clips:,}",
            f"{one.overall.speakers:,}",
        )
        for one in corpora
    ]
    if len(corpora) > 1:
        means = (percent(mean(known_values(corpora, name))) for name in MEASURES)
        rows.append(("mean of the corpora", *means, "", "", ""))
    notes = [
        "Closed set: predictions restricted to the emotions of the corpus. Open set, and ECE: all "
        "emotions of the model. Neutral: recall of neutral clips. A dash: not defined for a corpus of "
        "one emotion, or without neutral clips; it does not count in the mean."
    ]
    columns = ("corpus", *MEASURES.values(), "emotions", "clips", "speakers")
    return Table("Closed and open set", columns, rows, notes=notes)


def known_values(corpora: Sequence[CorpusScore], measure: str) -> list[float]:
    """A measure of `MEASURES` of each corpus for which it is defined."""
    values = (one.measures[measure].value for one in corpora)
    return [value for value in values if not math.isnan(value)]


def mean(values: Sequence[float]) -> float:
    """The mean of the values; NaN where there are none."""
    return sum(values) / len(values) if values else math.nan


def _value_with_interval(estimate: Estimate) -> str:
    bounds = interval_text(estimate)
    value = percent(estimate.value)
    return value if bounds == DASH else f"{value} ({bounds})"


def corpus_recall_table(together: Sequence[EmotionScore], corpora: Sequence[CorpusScore]) -> Table:
    """Recall of each emotion in each corpus and in all clips, without restriction."""
    columns = ("emotion", *(one.name for one in corpora), "together")
    scores = [*(one.emotions for one in corpora), together]
    rows = [
        (same[0].emotion, *(percent(one.recall.value) for one in same))
        for same in zip(*scores, strict=True)
    ]
    notes = ["Their intervals, and precision and F1, are in report.json."]
    return Table("Recall of each emotion", columns, rows, notes=notes)


def human_comparison_tables(comparison: HumanComparison) -> list[Table]:
    """The model beside the listeners, and the distance of its probabilities to their votes."""
    majority = [comparison.majority] if comparison.majority else []
    rows = [comparison.intended, *majority, *comparison.listeners]
    notes = [
        "The listeners are scored against the intended emotion.",
        f"{comparison.tied:,} of {comparison.intended.clips:,} clips have no unique majority, because "
        "several emotions have the most votes: they are omitted in the model's score of the "
        "listeners' majority, and count in equal parts in the listeners' own.",
    ]
    distances = [
        (one.name, *_cells(one.cross_entropy, ""), *_cells(one.total_variation, ""))
        for one in comparison.nearness
    ]
    distance_note = (
        "Cross-entropy in nats, lower is better; that of the votes themselves is the lowest "
        "possible. Total variation: the share of the votes that would have to change."
    )
    return [
        score_table("The model and the listeners", "", rows, notes),
        Table(
            "Distance of probabilities to the listeners' votes",
            ("", "cross-entropy", _INTERVAL, "total variation", _INTERVAL),
            distances,
            strong=frozenset({0}),
            notes=[distance_note],
        ),
    ]


def rejection_table(own: Rejection, others: Sequence[Rejection]) -> Table:
    """Effect of the model's threshold of confidence, above that of other thresholds."""
    rows = [
        (
            "this model" if one is own else "",
            "of each fold" if one.threshold is None else f"{one.threshold:.3f}",
            percent(one.coverage),
            percent(one.accuracy),
        )
        for one in (own, *others)
    ]
    columns = ("", "uncertain below", "accepted", "accuracy of these")
    note = "The model's threshold was fitted on the validation part, the others on these clips."
    return Table("Rejecting uncertain clips", columns, rows, frozenset({0}), notes=[note])


def lowest_speaker_table(speakers: Sequence[Score], shown: int = 10) -> Table:
    """The speakers with the lowest UAR."""
    lowest = sorted(speakers, key=lambda speaker: speaker["uar"].value)[:shown]
    rows = [(speaker.name, f"{speaker.clips:,}", *_metric_cells(speaker)) for speaker in lowest]
    left = len(speakers) - len(rows)
    notes = [f"The {left:,} other speakers are in report.json."] if left else []
    columns = ("speaker", "clips", *_LABELS)
    return Table("Lowest UAR", columns, rows, notes=notes)


def group_difference_table(differences: Sequence[GroupDifference]) -> Table:
    """The largest differences between groups of speakers, beside those of an unbiased model."""
    labels = {"uar": "UAR", "recall": "recall", "precision": "precision"}
    rows = [
        (
            one.by,
            labels[one.measure]
            if one.emotion is None
            else f"{labels[one.measure]} of {one.emotion}",
            f"{one.lowest} < {one.highest}",
            *(f"{100 * value:.1f}" for value in (one.value, one.limit_95, one.limit_99)),
            p_text(one.corrected_p_value),
        )
        for one in differences
    ]
    strong = frozenset(
        index for index, one in enumerate(differences) if one.corrected_p_value < SIGNIFICANCE
    )
    notes = [
        "Percentage points. Unbiased: percentiles of the largest difference of a model without bias, "
        "simulated at these group sizes by assigning the speakers to the groups at random. p: "
        "corrected by Holm's method over these rows.",
        f"Groups of fewer than {LEAST_SPEAKERS} speakers are not compared. No significant difference "
        "is no proof of fairness: with few speakers only large differences can be found.",
    ]
    columns = (
        "by", "measure", "groups", "difference", "unbiased 95%", "unbiased 99%", "p",
    )  # fmt: skip
    left = frozenset({0, 1, 2})
    return Table("Largest differences between groups", columns, rows, strong, notes, left)


def p_text(value: float) -> str:
    """A p value with three decimals; a dash where it is not defined.

    >>> p_text(0.0002), p_text(0.0312)
    ('<0.001', '0.031')
    """
    if math.isnan(value):
        return DASH
    return f"<{_SMALLEST_SHOWN_P}" if value < _SMALLEST_SHOWN_P else f"{value:.3f}"


def confused_table(confused: Sequence[Confused], shown: int = 10) -> Table:
    """The most frequent confusions, as shares of the true emotion."""
    rows = [
        (f"{pair.true} predicted as {pair.predicted}", percent(pair.share), f"{pair.clips:,}")
        for pair in confused[:shown]
    ]
    left = len(confused) - len(rows)
    notes = [f"{left} rarer pairs are in report.json."] if left else []
    title = "Most confused, as a share of the true emotion"
    return Table(title, ("pair", "share", "clips"), rows, notes=notes)
