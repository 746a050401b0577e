"""Whether a confidence of 0.8 is right eight times in ten, and the temperature that makes it so.

Bins are equal parts of 0 to 1; a confidence on an edge belongs to the bin below it. ECE is the mean
distance between accuracy and confidence over the bins, weighted by their clips (Guo et al., "On
Calibration of Modern Neural Networks", ICML 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.errors import EvaluationError

BINS = 15
COLDEST, HOTTEST = 0.05, 20.0
"""Bounds of a fitted temperature: beyond them the clips say nothing but "all right", "all wrong"."""

Floats = npt.NDArray[np.float32] | npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reliability:
    """Clips by confidence.

    Parameters
    ----------
    counts : (bin,) clips.
    confidence, accuracy : (bin,) of these clips; NaN where there is none.
    """

    counts: npt.NDArray[np.int64]
    confidence: npt.NDArray[np.float64]
    accuracy: npt.NDArray[np.float64]

    @property
    def error(self) -> float:
        """Expected calibration error (ECE); NaN without clips."""
        filled = self.counts > 0
        if not filled.any():
            return float("nan")
        gaps = np.abs(self.accuracy - self.confidence)[filled]
        return float(np.average(gaps, weights=self.counts[filled]))


def reliability(
    confidence: Floats, correct: npt.NDArray[np.bool_], bins: int = BINS
) -> Reliability:
    """Clips, mean confidence and accuracy of each bin.

    Parameters
    ----------
    confidence : (clip,) probability of the predicted emotion, from 0 to 1.
    correct : (clip,) whether the prediction is right.
    """
    wanted = confidence.astype(np.float64)
    places = np.clip(np.ceil(wanted * bins).astype(np.int64) - 1, 0, bins - 1)
    counts = np.bincount(places, minlength=bins)
    sums = (np.bincount(places, weights, bins) for weights in (wanted, correct.astype(np.float64)))
    means = [np.divide(s, counts, out=np.full(bins, np.nan), where=counts > 0) for s in sums]
    return Reliability(counts, *means)


def fit_temperature(logits: Sequence[Floats], targets: Floats) -> float:
    """The temperature by which to divide logits for the lowest cross-entropy with the targets.

    The probabilities of a clip are the mean of those of its crops. Bisection of the slope in the inverse
    temperature finds a minimum: the only one for clips of one crop, whose cross-entropy is convex. The
    result stays within `COLDEST` and `HOTTEST`; without clips it is 1.

    Parameters
    ----------
    logits : of each clip of the validation part, (crop, emotion).
    targets : (clip, emotion) distributions to come near to: all of the true emotion, or votes.

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
    low, high = np.log(1 / HOTTEST), np.log(1 / COLDEST)
    for _ in range(50):
        middle = (low + high) / 2
        if _slope(centred, counts, targets, np.exp(middle)) > 0:
            high = middle
        else:
            low = middle
    return float(np.exp(-(low + high) / 2))


def _slope(
    logits: Floats, counts: npt.NDArray[np.int64], targets: Floats, inverse_temperature: float
) -> float:
    """Change of the cross-entropy with the inverse temperature.

    Parameters
    ----------
    logits : (crop, emotion) of all clips, one after the other; `counts` (clip,) are their crops.
    """
    powers = np.exp(logits * inverse_temperature)
    sums = powers.sum(axis=1, keepdims=True)
    expected = (powers * logits).sum(axis=1, keepdims=True) / sums
    # Each crop counts for an emotion by its part in the probability that the clip has of it, in
    # logarithms, because the probability itself may be too small for a number.
    starts = np.cumsum(counts) - counts
    logarithms = logits * inverse_temperature - np.log(sums)
    highest = np.maximum.reduceat(logarithms, starts)
    parts = np.exp(logarithms - np.repeat(highest, counts, axis=0))
    weighted = np.add.reduceat(parts * (expected - logits), starts)
    change = weighted / np.add.reduceat(parts, starts)
    return float((change * targets).sum(axis=1).mean())
