"""Rejection: clips whose confidence is below a threshold are predicted as uncertain.

Conventions
-----------
- A clip is accepted where its confidence is not below the threshold. **Coverage**: accepted clips /
  clips. **Accuracy**: correct accepted clips / accepted clips; NaN where none is accepted. One minus
  that accuracy is the **risk**.
- The risk-coverage curve goes through all thresholds (El-Yaniv and Wiener, "On the Foundations of
  Noise-free Selective Classification", JMLR 2010). Clips of equal confidence are accepted together.
- **The rule for the threshold**: the highest that still accepts nine tenths of the validation clips.
  A required accuracy would not work as a rule: weak models never reach it, and corpora differ in
  difficulty. The effect of the rule is measured on the test part and reported.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.evaluation.calibration import Floats
from emotion_classifier.evaluation.metrics import Number

COVERAGE = 0.9
"""Share of the validation clips that is accepted."""
SHOWN_COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.5)


@dataclass(frozen=True)
class Rejection:
    """Effect of a threshold.

    Parameters
    ----------
    threshold : confidence below which a clip is rejected; None where clips have different thresholds.
    coverage : share of the clips that are accepted.
    accuracy : of the accepted clips.
    """

    threshold: float | None
    coverage: Number
    accuracy: Number


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """Effect of every threshold, from the highest to the lowest.

    Parameters
    ----------
    thresholds : (step,) the confidences that occur, descending.
    coverage : (step,) ascending to one.
    accuracy : (step,).
    """

    thresholds: npt.NDArray[np.float64]
    coverage: npt.NDArray[np.float64]
    accuracy: npt.NDArray[np.float64]

    def at(self, coverages: Sequence[float] = SHOWN_COVERAGES) -> tuple[Rejection, ...]:
        """The highest threshold for each of `coverages` that accepts at least that share."""
        steps = np.searchsorted(self.coverage, np.asarray(coverages) - 1e-9)
        columns = (self.thresholds, self.coverage, self.accuracy)
        return tuple(map(Rejection, *(column[steps].tolist() for column in columns)))


def risk_coverage(confidence: Floats, correct: npt.NDArray[np.bool_]) -> RiskCoverage:
    """The curve of one or more clips, from the confidence and correctness ``(clip,)`` of each."""
    values, steps = np.unique(-confidence.astype(np.float64), return_inverse=True)
    accepted = np.bincount(steps).cumsum()
    right = np.bincount(steps, correct.astype(np.float64)).cumsum()
    return RiskCoverage(-values, accepted / len(confidence), right / accepted)


def fit_threshold(confidence: Floats, coverage: float = COVERAGE) -> float:
    """The highest threshold that accepts at least `coverage` of clips ``(clip,)``; 0 without clips."""
    if not len(confidence):
        return 0.0
    accepted = math.ceil(coverage * len(confidence) - 1e-9)
    return float(np.sort(confidence)[len(confidence) - max(accepted, 1)])


def rejection(
    confidence: Floats, correct: npt.NDArray[np.bool_], threshold: float | Floats
) -> Rejection:
    """Effect of a threshold; ``(clip,)`` thresholds where clips were predicted by several models."""
    accepted = confidence.astype(np.float64) >= threshold
    accuracy = float(correct[accepted].mean()) if accepted.any() else math.nan
    distinct = np.unique(threshold)
    common = float(distinct[0]) if len(distinct) == 1 else None
    coverage = float(accepted.mean()) if len(accepted) else math.nan
    return Rejection(common, coverage, accuracy)
