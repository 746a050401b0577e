"""Rejection: clips whose confidence is below a threshold are predicted as uncertain.

Conventions
-----------
- A clip is accepted where its confidence is not below the threshold. **Coverage**: accepted clips /
  clips. **Accuracy**: correct accepted clips / accepted clips; NaN where none is accepted. One minus
  that accuracy is the **risk**.
- The risk-coverage curve goes through all thresholds (El-Yaniv and Wiener, "On the Foundations of
  Noise-free Selective Classification", JMLR 2010). Clips of equal confidence are accepted together.
- **The rule for the threshold**: the highest that still accepts nine tenths of the validation clips,
  or, where the user chooses a risk, the lowest with at most that risk on the validation clips. A risk
  is no default: weak models never reach it, and corpora differ in difficulty. A threshold that
  accepts less than a tenth of the clips is not considered: the risk of a few clips says little. The
  effect of the threshold is measured on the test part and reported.
- **AURC**: area under the curve of risk against coverage, the mean risk over all clips in order of
  confidence (Geifman et al., "Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers", ICLR 2019).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict

from emotion_classifier.evaluation.calibration import Floats
from emotion_classifier.evaluation.metrics import Number, Numbers
from emotion_classifier.evaluation.uncertainty import estimate, resample

COVERAGE = 0.9
"""Share of the validation clips that is accepted."""
LOWEST_COVERAGE = 0.1
"""Smallest share that a threshold for a chosen risk accepts."""
SHOWN_COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.5)
CURVE_COVERAGES = np.arange(1, 41) / 40


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


@dataclass(frozen=True)
class RiskThreshold:
    """The threshold for a chosen risk.

    Parameters
    ----------
    threshold : the lowest with at most that risk; where none has it, that of the lowest risk.
    risk, coverage : with this threshold, on the clips it was fitted on.
    is_reached : whether the risk is at most the chosen one.
    """

    threshold: float
    risk: float
    coverage: float
    is_reached: bool


def fit_risk_threshold(
    confidence: Floats, correct: npt.NDArray[np.bool_], risk: float
) -> RiskThreshold:
    """The lowest threshold with at most this risk among the accepted of one or more clips ``(clip,)``."""
    curve = risk_coverage(confidence, correct)
    risks = np.where(curve.coverage >= LOWEST_COVERAGE - 1e-9, 1.0 - curve.accuracy, np.inf)
    reached = np.flatnonzero(risks <= risk + 1e-9)
    step = int(reached[-1]) if len(reached) else int(np.argmin(risks))
    return RiskThreshold(
        float(curve.thresholds[step]),
        float(risks[step]),
        float(curve.coverage[step]),
        len(reached) > 0,
    )


@dataclass(frozen=True, eq=False)
class RiskCurve:
    """Risk against coverage.

    Parameters
    ----------
    coverage : (step,) share of the clips that are accepted, ascending to one.
    risk : (step,) share of wrong predictions among them.
    low, high : (step,) bounds of the risk at the same threshold, 95 % by speaker; NaN with one speaker.
    area : AURC, 0 to 1.
    """

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)

    coverage: Numbers
    risk: Numbers
    low: Numbers
    high: Numbers
    area: Number


def risk_curve(
    confidence: Floats,
    correct: npt.NDArray[np.bool_],
    speakers: Sequence[str],
    rng: np.random.Generator,
    coverages: npt.NDArray[np.float64] = CURVE_COVERAGES,
) -> RiskCurve:
    """Risk of one or more clips ``(clip,)`` at the thresholds that accept at least these `coverages`."""
    whole = risk_coverage(confidence, correct)
    steps = np.unique(np.searchsorted(whole.coverage, coverages - 1e-9))
    thresholds = whole.thresholds[steps]
    accepted = confidence.astype(np.float64)[:, np.newaxis] >= thresholds
    names, rows = np.unique(np.asarray(speakers, dtype=object), return_inverse=True)
    sums = np.zeros((len(names), 2, len(steps)))
    np.add.at(sums[:, 0], rows, accepted)
    np.add.at(sums[:, 1], rows, accepted & ~correct[:, np.newaxis])
    drawn = resample(sums, rng)
    risks = 1.0 - whole.accuracy[steps]
    with np.errstate(invalid="ignore"):  # a resample that accepts no clip
        resampled = drawn[:, 1] / drawn[:, 0]
    low, high = np.full((2, len(steps)), np.nan)
    for step, risk in enumerate(risks):
        if bounds := estimate(float(risk), resampled[:, step], len(names)).interval:
            low[step], high[step] = bounds.low, bounds.high
    sizes = np.diff(whole.coverage, prepend=0.0)
    area = float(((1.0 - whole.accuracy) * sizes).sum())
    return RiskCurve(whole.coverage[steps], risks, low, high, area)


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
