"""When not to answer: the clips that a model is least sure of are called uncertain.

Conventions
-----------
- A clip is answered where its confidence is not below the threshold. **Coverage**: answered clips /
  clips. **Accuracy**: correct answered clips / answered clips; NaN where none is answered. One less
  that accuracy is the **risk**.
- The risk-coverage curve goes through all thresholds (El-Yaniv and Wiener, "On the Foundations of
  Noise-free Selective Classification", JMLR 2010). Clips of equal confidence are answered together.
- **The rule for the threshold**: the highest that still answers nine tenths of the validation clips.
  A wanted accuracy would be no rule: weak models never reach it, and what is easy to recognise in one
  corpus is hard in another. What the rule brings is measured on the test part and told.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.evaluation.calibration import Floats

COVERAGE = 0.9
"""Share of the validation clips that is answered."""
SHOWN_COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.5)


@dataclass(frozen=True)
class Rejection:
    """What a threshold does.

    Parameters
    ----------
    threshold : confidence below which a clip is not answered; None where clips have different ones.
    coverage : share of the clips that are answered.
    accuracy : of these.
    """

    threshold: float | None
    coverage: float
    accuracy: float


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """What every threshold does, from the highest to the lowest.

    Parameters
    ----------
    thresholds : (step,) the confidences that occur, falling.
    coverage : (step,) rising up to one.
    accuracy : (step,).
    """

    thresholds: npt.NDArray[np.float64]
    coverage: npt.NDArray[np.float64]
    accuracy: npt.NDArray[np.float64]

    def at(self, coverages: Sequence[float] = SHOWN_COVERAGES) -> tuple[Rejection, ...]:
        """The highest threshold for each of `coverages` that answers at least that share."""
        steps = np.searchsorted(self.coverage, np.asarray(coverages) - 1e-9)
        return tuple(
            Rejection(*(float(column[step]) for column in self._columns)) for step in steps
        )

    @property
    def _columns(self) -> tuple[npt.NDArray[np.float64], ...]:
        return self.thresholds, self.coverage, self.accuracy


def risk_coverage(confidence: Floats, correct: npt.NDArray[np.bool_]) -> RiskCoverage:
    """The curve of some clips, of which there is at least one.

    Parameters
    ----------
    confidence : (clip,) probability of the predicted emotion.
    correct : (clip,) whether the prediction is right.
    """
    values, places = np.unique(-confidence.astype(np.float64), return_inverse=True)
    answered = np.bincount(places).cumsum()
    right = np.bincount(places, correct.astype(np.float64)).cumsum()
    return RiskCoverage(-values, answered / len(confidence), right / answered)


def fit_threshold(confidence: Floats, coverage: float = COVERAGE) -> float:
    """The highest threshold that answers at least `coverage` of the clips; 0 without clips.

    Parameters
    ----------
    confidence : (clip,) of the validation part.
    """
    if not len(confidence):
        return 0.0
    answered = math.ceil(coverage * len(confidence) - 1e-9)
    return float(np.sort(confidence)[len(confidence) - max(answered, 1)])


def rejection(
    confidence: Floats, correct: npt.NDArray[np.bool_], threshold: float | Floats
) -> Rejection:
    """What a threshold does to some clips.

    Parameters
    ----------
    confidence, correct : (clip,) as in `risk_coverage`.
    threshold : of all clips, or (clip,) where they come from several models.
    """
    answered = confidence.astype(np.float64) >= threshold
    accuracy = float(correct[answered].mean()) if answered.any() else math.nan
    distinct = np.unique(threshold)
    common = float(distinct[0]) if len(distinct) == 1 else None
    coverage = float(answered.mean()) if len(answered) else math.nan
    return Rejection(common, coverage, accuracy)
