"""Whether a confidence of 0.8 is right eight times in ten, and the temperature that makes it so.

Bins are equal parts of 0 to 1; a confidence on an edge belongs to the bin below it. ECE is the mean
distance between accuracy and confidence over the bins, weighted by their clips (Guo et al., "On
Calibration of Modern Neural Networks", ICML 2017).
"""

from __future__ import annotations

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


def fit_temperature(logits: Floats, targets: Floats) -> float:
    """The temperature by which to divide logits for the lowest cross-entropy with the targets.

    The cross-entropy is convex in the inverse temperature, so that bisection of its slope finds the
    one minimum. The result stays within `COLDEST` and `HOTTEST`; without clips it is 1.

    Parameters
    ----------
    logits : (clip, emotion) of the validation part.
    targets : (clip, emotion) distributions to come near to: all of the true emotion, or votes.

    Raises
    ------
    EvaluationError
        A logit that is not a finite number.
    """
    if not len(targets):
        return 1.0
    if not np.isfinite(logits).all():
        raise EvaluationError("logits must be finite numbers: the model has diverged")
    centred = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    low, high = np.log(1 / HOTTEST), np.log(1 / COLDEST)
    for _ in range(50):
        middle = (low + high) / 2
        if _slope(centred, targets, np.exp(middle)) > 0:
            high = middle
        else:
            low = middle
    return float(np.exp(-(low + high) / 2))


def _slope(logits: Floats, targets: Floats, inverse_temperature: float) -> float:
    """Change of the cross-entropy with the inverse temperature."""
    weights = np.exp(logits * inverse_temperature)
    expected = (weights * logits).sum(axis=1) / weights.sum(axis=1)
    return float((expected - (logits * targets).sum(axis=1)).mean())
