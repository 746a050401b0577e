"""Metrics of classification, computed from confusion matrices.

Conventions
-----------
- A confusion matrix has the shape ``(…, true emotion, predicted emotion)`` and holds counts. Every
  function works on the last two axes and keeps the leading ones, so that 2,000 resampled matrices
  are scored in one call.
- **Recall** of an emotion: correct clips / clips of that emotion. NaN where the emotion has none.
- **Precision**: correct clips / clips predicted as that emotion. NaN where it is never predicted.
- **F1**: 2 · correct / (clips of it + clips predicted as it). NaN where both are zero.
- **UAR** (unweighted average recall, the papers' UA; scikit-learn's `balanced_accuracy_score`): mean
  recall over the emotions that have clips. An absent emotion is left out, not counted as zero: a
  corpus, or a group of clips, is scored over the emotions that it has.
- **Accuracy** (the papers' WA): correct clips / clips.
- **Macro-F1** (scikit-learn's `f1_score(average="macro")` with `labels` those of the true emotions):
  mean F1 over the same emotions. A clip predicted as an absent one costs recall only.
- With no clip at all every metric is NaN.

A metric in `METRICS` appears wherever predictions are scored: report, tables, figures of training,
TensorBoard, comparisons. Measures of probabilities, which baselines and listeners do not have, are in
`calibration`, `rejection` and `human_comparison`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, PlainSerializer

Counts: TypeAlias = npt.NDArray[np.int64] | npt.NDArray[np.float64]
Scores: TypeAlias = npt.NDArray[np.float64]
Unit: TypeAlias = Literal["%", ""]
"""How a value is written: in per cent with one decimal, or as a number with three."""


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _parsed(value: object) -> object:
    return math.nan if value is None else value


def _numbers(values: Scores) -> list[float | None]:
    return [_number(value) for value in values]


# Fields of report.json: numbers are not rounded, and null where they are not defined.
Number: TypeAlias = Annotated[float, BeforeValidator(_parsed), PlainSerializer(_number)]
Numbers: TypeAlias = Annotated[Scores, PlainSerializer(_numbers)]
Integers: TypeAlias = Annotated[
    npt.NDArray[np.int64], PlainSerializer(np.ndarray.tolist, return_type=list[int])
]
IntegerRows: TypeAlias = Annotated[
    npt.NDArray[np.int64], PlainSerializer(np.ndarray.tolist, return_type=list[list[int]])
]


@dataclass(frozen=True)
class Metric:
    """A score of predictions.

    Parameters
    ----------
    name : key in ``report.json``, column ``validation_<name>`` in ``history.csv``, tag in TensorBoard.
    label : heading in tables and figures.
    function : of counts ``(…, true emotion, predicted emotion)``, returns values ``(…,)``.
    chance : expected value of emotions drawn at random, from the number of emotions; NaN if unknown.
    unit : how a value is written.
    higher_is_better : whether a higher value is better.
    """

    name: str
    label: str
    function: Callable[[Counts], Scores]
    chance: Callable[[int], float] = lambda emotions: math.nan
    unit: Unit = "%"
    higher_is_better: bool = True

    def __call__(self, counts: Counts) -> Scores:
        """Values ``(…,)`` of counts ``(…, true emotion, predicted emotion)``."""
        return self.function(counts)


def confusion(
    true: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64], emotions: int
) -> npt.NDArray[np.int64]:
    """Counts ``(true emotion, predicted emotion)`` of indices ``(clip,)`` below `emotions`."""
    pairs = np.bincount(true * emotions + predicted, minlength=emotions * emotions)
    return pairs.reshape(emotions, emotions)


def support(counts: Counts) -> Counts:
    """Clips ``(…, emotion)`` of each true emotion."""
    return np.asarray(counts.sum(axis=-1))


def predicted_clips(counts: Counts) -> Counts:
    """Clips ``(…, emotion)`` predicted as each emotion."""
    return np.asarray(counts.sum(axis=-2))


def recall(counts: Counts) -> Scores:
    """Recall ``(…, emotion)``."""
    return _ratio(_correct(counts), support(counts))


def precision(counts: Counts) -> Scores:
    """Precision ``(…, emotion)``."""
    return _ratio(_correct(counts), predicted_clips(counts))


def f1(counts: Counts) -> Scores:
    """F1 ``(…, emotion)``."""
    # The harmonic mean of precision and recall: correct clips over the mean of both totals.
    return _ratio(_correct(counts), (support(counts) + predicted_clips(counts)) / 2)


def uar(counts: Counts) -> Scores:
    """Unweighted average recall ``(…,)``."""
    return mean_of_known(recall(counts))


def accuracy(counts: Counts) -> Scores:
    """Accuracy ``(…,)``."""
    return _ratio(_correct(counts).sum(axis=-1), counts.sum(axis=(-2, -1)))


def macro_f1(counts: Counts) -> Scores:
    """Macro-averaged F1 ``(…,)``."""
    return mean_of_known(np.where(support(counts) > 0, f1(counts), np.nan))


def mean_of_known(values: Scores) -> Scores:
    """Mean ``(…,)`` of values ``(…, n)``, those that are NaN left out; NaN where all are."""
    known = ~np.isnan(values)
    return _ratio(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1))


def _correct(counts: Counts) -> Counts:
    return counts.diagonal(axis1=-2, axis2=-1)


def _ratio(part: Counts, whole: Counts) -> Scores:
    unknown = np.full(np.shape(whole), np.nan)
    return np.divide(part, whole, out=unknown, where=np.asarray(whole) > 0)


METRICS = {
    metric.name: metric
    for metric in (
        Metric("uar", "UAR", uar, chance=lambda emotions: 1 / emotions),
        Metric("accuracy", "accuracy", accuracy, chance=lambda emotions: 1 / emotions),
        Metric("macro_f1", "macro-F1", macro_f1),
    )
}
"""The metrics by name, in the order of table columns."""
