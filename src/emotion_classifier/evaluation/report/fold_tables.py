"""Scores of folds and seeds as tables of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from emotion_classifier.evaluation.fold_scores import EmotionSpread, FoldScores, Spread
from emotion_classifier.evaluation.metrics import METRICS, Unit
from emotion_classifier.evaluation.report.tables import DASH, interval_text, percent, value_text
from emotion_classifier.evaluation.scores import EmotionScore, Score
from emotion_classifier.evaluation.uncertainty import Estimate
from emotion_classifier.rendering.tables import Table

_LABELS = tuple(metric.label for metric in METRICS.values())
_NAMES = ("precision", "recall", "F1")
_OVERLAP = (
    "The training parts of the folds overlap: the deviation over the folds is no standard error; "
    "compare models with the interval by speaker of all folds together."
)


def fold_table(folds: FoldScores, together: Score) -> Table:
    """Each metric of each fold, mean and standard deviation over the folds, and of all folds together."""
    rows = [_score_row(one) for one in folds.scores]
    spreads = [folds.spread[name] for name in METRICS]
    units = [metric.unit for metric in METRICS.values()]
    for name, values in (
        ("mean", [one.mean for one in spreads]),
        ("standard deviation", [one.deviation for one in spreads]),
    ):
        first, *others = map(value_text, values, units)
        rows.append((name, first, "", *others, "", ""))
    rows.append(_score_row(together.renamed("all folds together")))
    columns = ("", _LABELS[0], "95% interval", *_LABELS[1:], "clips", "speakers")
    return Table(
        "Each fold",
        columns,
        rows,
        frozenset(range(len(folds.scores), len(rows))),
        [_OVERLAP, *_absence(folds.absent)],
    )


def fold_emotion_table(emotions: Sequence[EmotionScore], folds: FoldScores) -> Table:
    """Precision, recall and F1 of each emotion: of all folds together, and over the folds."""
    rows = [
        (one.emotion, *chain.from_iterable((percent(a.value), spread_text(b)) for a, b in pairs))
        for one, pairs in _with_spreads(emotions, folds.emotions)
    ]
    columns = ("emotion", *chain.from_iterable((name, f"{name} by fold") for name in _NAMES))
    notes = [
        "All folds together; by fold: mean ± standard deviation of the folds where it is defined.",
        *_undefined(folds),
    ]
    return Table("Emotions over the folds", columns, rows, notes=notes)


def emotion_spread_table(
    emotions: Sequence[EmotionScore], spreads: Sequence[EmotionSpread]
) -> Table:
    """Precision, recall and F1 of each emotion: mean and standard deviation over the seeds."""
    rows = [
        (
            one.emotion,
            *chain.from_iterable((spread_text(b), interval_text(a)) for a, b in pairs),
            f"{one.clips:,}",
        )
        for one, pairs in _with_spreads(emotions, spreads)
    ]
    columns = chain.from_iterable((name, f"95% interval of {name}") for name in _NAMES)
    notes = [
        "Mean ± standard deviation over the seeds; the interval is that of the mean, by speaker."
    ]
    return Table("Emotions over the seeds", ("emotion", *columns, "clips"), rows, notes=notes)


def _with_spreads(
    emotions: Sequence[EmotionScore], spreads: Sequence[EmotionSpread]
) -> Iterator[tuple[EmotionScore, Iterable[tuple[Estimate, Spread]]]]:
    """Each emotion with its precision, recall and F1, each with its spread."""
    for one, over in zip(emotions, spreads, strict=True):
        estimates = (one.precision, one.recall, one.f1)
        yield one, zip(estimates, (over.precision, over.recall, over.f1), strict=True)


def spread_text(values: Spread, unit: Unit = "%") -> str:
    """Mean ± standard deviation, shares in per cent without the sign; a dash where not defined.

    >>> spread_text(Spread(0.6234, 0.0512, 5))
    '62.3 ± 5.1'
    """
    mean, deviation = (
        value_text(value, unit).rstrip("%") for value in (values.mean, values.deviation)
    )
    return mean if deviation == DASH else f"{mean} ± {deviation}"


def _score_row(one: Score) -> tuple[str, ...]:
    headline, *others = (value_text(one[name].value, m.unit) for name, m in METRICS.items())
    interval = interval_text(one[next(iter(METRICS))])
    return (one.name, headline, interval, *others, f"{one.clips:,}", f"{one.speakers:,}")


def _absence(absent: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if absent:
        folds = "; ".join(f"{fold}: {', '.join(names)}" for fold, names in absent.items())
        yield f"Without a clip in the test part, and so not in the UAR of the fold: {folds}."


def _undefined(folds: FoldScores) -> Iterator[str]:
    """The emotions whose values are known in some folds only."""
    count = len(folds.scores)
    fewer = [
        f"{one.emotion} (precision in {one.precision.values}, recall in {one.recall.values})"
        for one in folds.emotions
        if min(one.precision.values, one.recall.values) < count
    ]
    if fewer:
        yield f"Not defined in all of the {count} folds: {', '.join(fewer)}."
