"""Calibration: accuracy against confidence, and the temperature that makes them agree.

ECE (expected calibration error) is the mean distance between accuracy and confidence over the bins,
weighted by their clips (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017). Two kinds of bins:

- **Equal width**: equal parts of 0 to 1; a confidence on an edge belongs to the bin below it. Where
  nothing else is said, ECE is that of these bins.
- **Equal mass**: as many clips in each, but that clips of equal confidence share a bin.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.metrics import Integers, Number, Numbers
from emotion_classifier.evaluation.uncertainty import mean

BINS = 15
LOWEST, HIGHEST = 0.05, 20.0
"""Bounds of a fitted temperature, reached where all clips are correct, or all wrong."""

Floats: TypeAlias = npt.NDArray[np.float32] | npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reliability:
    """Clips by confidence.

    Parameters
    ----------
    counts : (bin,) clips.
    confidence, accuracy : (bin,) means of these clips; NaN in an empty bin.
    low, high : (bin,) bounds of the accuracy, 95 % by speaker; NaN in a bin of fewer than two speakers.
    error : expected calibration error (ECE), from 0 to 1; NaN without clips.
    """

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)

    counts: Integers
    confidence: Numbers
    accuracy: Numbers
    error: Number
    low: Numbers = field(default_factory=lambda: np.zeros(0))
    high: Numbers = field(default_factory=lambda: np.zeros(0))


def reliability(
    confidence: Floats,
    correct: npt.NDArray[np.bool_],
    speakers: Sequence[str],
    rng: np.random.Generator,
    bins: int = BINS,
) -> Reliability:
    """Clips, mean confidence and accuracy of each bin, and the calibration error.

    Parameters
    ----------
    confidence : (clip,) probability of the predicted emotion, from 0 to 1.
    correct : (clip,) whether the prediction is right.
    speakers : of the clips.
    rng : of the bootstrap of the intervals.
    """
    columns = confidence.astype(np.float64), correct.astype(np.float64)
    indices = equal_width_bins(confidence, bins)
    counts = np.bincount(indices, minlength=bins)
    filled = counts > 0
    sums = [np.bincount(indices, column, bins) for column in columns]
    means = [np.divide(total, counts, out=np.full(bins, np.nan), where=filled) for total in sums]
    error = calibration_error(confidence, correct, bins)
    low, high = np.full((2, bins), np.nan)
    for index in np.flatnonzero(filled):
        inside = indices == index
        names = [speakers[clip] for clip in np.flatnonzero(inside).tolist()]
        if bounds := mean(columns[1][inside], names, rng).interval:
            low[index], high[index] = bounds.low, bounds.high
    return Reliability(counts, means[0], means[1], error, low, high)


def calibration_error(
    confidence: Floats, correct: npt.NDArray[np.bool_], bins: int = BINS
) -> float:
    """Expected calibration error (ECE), from 0 to 1, of clips ``(clip,)``; NaN without clips."""
    if not len(confidence):
        return math.nan
    surplus = correct.astype(np.float64) - confidence
    return float(
        np.abs(np.bincount(equal_width_bins(confidence, bins), surplus)).sum() / len(surplus)
    )


def equal_width_bins(confidence: Floats, bins: int = BINS) -> npt.NDArray[np.int64]:
    """The bin (clip,) of each confidence (clip,), of equal parts of 0 to 1."""
    return np.clip(np.ceil(confidence.astype(np.float64) * bins).astype(np.int64) - 1, 0, bins - 1)


def equal_mass_bins(confidence: Floats, bins: int = BINS) -> npt.NDArray[np.int64]:
    """The bin (clip,) of each confidence (clip,), of as many clips each; sizes differ by at most one.

    A group of equal confidences is in the bin of its first clip in ascending order; bins may be empty.
    """
    ordered = np.sort(confidence)
    starts = np.arange(1, bins) * len(ordered) // bins
    first = np.searchsorted(ordered, confidence, side="left")
    return np.searchsorted(starts, first, side="right").astype(np.int64)


def fit_temperature(logits: Sequence[Floats], targets: Floats) -> float:
    """The temperature by which to divide logits for the lowest cross-entropy with the targets.

    The probabilities of a clip are the mean of those of its crops. Bisection of the slope in the inverse
    temperature finds a minimum: the only one for clips of one crop, whose cross-entropy is convex. The
    result stays within `LOWEST` and `HIGHEST`; without clips it is 1.

    Parameters
    ----------
    logits : of each clip of the validation part, (crop, emotion).
    targets : (clip, emotion) target distributions: one-hot true emotions, or votes.

    Raises
    ------
    EvaluationError
        A logit that is not a finite number.
    """
    if not len(targets):
        return 1.0
    crops = np.concatenate(logits)
    if not np.isfinite(crops).all():
        raise EvaluationError("logits must be finite numbers: the model has diverged")
    centred = crops.astype(np.float64) - crops.max(axis=1, keepdims=True)
    counts = np.array([len(clip) for clip in logits])
    low, high = np.log(1 / HIGHEST), np.log(1 / LOWEST)
    for _ in range(50):
        middle = (low + high) / 2
        rising = _slope(centred, counts, targets, np.exp(middle)) > 0
        low, high = (low, middle) if rising else (middle, high)
    return float(np.exp(-(low + high) / 2))


def _slope(
    logits: Floats, counts: npt.NDArray[np.int64], targets: Floats, inverse_temperature: float
) -> float:
    """Derivative of the cross-entropy; `logits` ``(crop, emotion)``, `counts` of crops ``(clip,)``."""
    powers = np.exp(logits * inverse_temperature)
    sums = powers.sum(axis=1, keepdims=True)
    expected = (powers * logits).sum(axis=1, keepdims=True) / sums
    # Each crop is weighted by its share in the clip's probability of the emotion, in logarithms,
    # because the probability itself may underflow.
    starts = np.cumsum(counts) - counts
    logarithms = logits * inverse_temperature - np.log(sums)
    highest = np.maximum.reduceat(logarithms, starts)
    parts = np.exp(logarithms - np.repeat(highest, counts, axis=0))
    weighted = np.add.reduceat(parts * (expected - logits), starts)
    change = weighted / np.add.reduceat(parts, starts)
    return float((change * targets).sum(axis=1).mean())
