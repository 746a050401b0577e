"""Quality of the predicted probabilities: NLL, Brier score and ECE, and the effect of a temperature.

Conventions
-----------
- **NLL** (negative log-likelihood, log loss): mean of ``-log p`` of the true emotion, in nats. A
  probability below the machine epsilon of float32 counts as that epsilon, as in scikit-learn's `log_loss`.
- **Brier score**: mean of the squared distances between the probabilities and the one-hot true
  emotion, summed over the emotions: 0 to 2 (G. Brier, Monthly Weather Review 78, 1950).
- **ECE** (expected calibration error): see `calibration`; with bins of equal width, and of equal
  mass, whose value depends less on where the confidences are (Nixon et al., "Measuring Calibration
  in Deep Learning", CVPR Workshops 2019).
- The probabilities before a temperature T follow from those after it: ``p ** T``, normalised. This is
  exact where a clip has a single crop, whose probabilities are a softmax.
- The bootstrap is biased upwards for ECE, a mean of absolute values: the bias, estimated by the mean
  of the resamples minus the value, is subtracted from its interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emotion_classifier.evaluation.calibration import (
    BINS,
    Floats,
    Reliability,
    equal_mass_bins,
    equal_width_bins,
    reliability,
)
from emotion_classifier.evaluation.metrics import Number
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.uncertainty import Estimate, Interval, estimate, mean, resample

_SMALLEST = float(np.finfo(np.float32).eps)


@dataclass(frozen=True)
class ProbabilityScores:
    """Quality of the probabilities of some clips.

    Parameters
    ----------
    nll : negative log-likelihood, in nats.
    brier : Brier score, 0 to 2.
    equal_width_ece, equal_mass_ece : expected calibration error, 0 to 1, over `BINS` bins.
    """

    nll: Estimate
    brier: Estimate
    equal_width_ece: Estimate
    equal_mass_ece: Estimate


@dataclass(frozen=True, eq=False)
class TemperatureEffect:
    """The probabilities with and without the temperature of the model.

    Parameters
    ----------
    temperature : of the model; None where the clips were predicted by models with several.
    before : scores with the temperature 1.
    reliability : clips by confidence, with the temperature 1.
    after : scores with the temperature.
    """

    temperature: Number | None
    before: ProbabilityScores
    reliability: Reliability
    after: ProbabilityScores


@dataclass(frozen=True)
class CorpusTemperature:
    """A corpus with the temperature that was fitted on its own validation clips.

    Parameters
    ----------
    corpus : its name.
    clips : in the test part.
    temperature : of the corpus; None where the clips were predicted by models with several.
    single, own : scores with the single temperature of the model, and with that of the corpus.
    nll_change : NLL with the temperature of the corpus, minus that with the single one; paired.
    """

    corpus: str
    clips: int
    temperature: Number | None
    single: ProbabilityScores
    own: ProbabilityScores
    nll_change: Estimate


def negative_log_likelihoods(clips: LabelledPredictions) -> npt.NDArray[np.float64]:
    """``-log p`` (clip,) of the true emotion, in nats."""
    own = clips.probabilities[np.arange(len(clips)), clips.true].astype(np.float64)
    return -np.log(np.clip(own, _SMALLEST, 1.0))


def brier_scores(clips: LabelledPredictions) -> npt.NDArray[np.float64]:
    """Squared distance (clip,) of the probabilities to the one-hot true emotion, 0 to 2."""
    distance = clips.probabilities.astype(np.float64)
    distance[np.arange(len(clips)), clips.true] -= 1.0
    scores: npt.NDArray[np.float64] = np.square(distance).sum(axis=1)
    return scores


def probability_scores(clips: LabelledPredictions, rng: np.random.Generator) -> ProbabilityScores:
    """The scores of one or more clips, with intervals by speaker."""
    binned = (bins(clips.confidence, BINS) for bins in (equal_width_bins, equal_mass_bins))
    return ProbabilityScores(
        mean(negative_log_likelihoods(clips), clips.speakers, rng),
        mean(brier_scores(clips), clips.speakers, rng),
        *(_calibration_error(clips, indices, rng) for indices in binned),
    )


def temperature_effect(
    clips: LabelledPredictions, temperature: float | Floats, rng: np.random.Generator
) -> TemperatureEffect:
    """The scores before and after a temperature, or those (clip,) of several models."""
    before = clips.with_temperature(temperature, 1.0)
    return TemperatureEffect(
        _common(temperature),
        probability_scores(before, rng),
        reliability(before.confidence, before.correct, before.speakers, rng),
        probability_scores(clips, rng),
    )


def corpus_temperatures(
    clips: LabelledPredictions,
    temperature: float | Floats,
    own: Floats,
    rng: np.random.Generator,
) -> tuple[CorpusTemperature, ...]:
    """Each corpus with its own temperature, by name.

    Parameters
    ----------
    temperature : the single one of the model, or (clip,) of several models.
    own : (clip,) temperature of the corpus of each clip; NaN where there is none, and the clip is left out.
    """
    known = ~np.isnan(own)
    corpora = np.array(clips.corpora, dtype=object)
    single = np.broadcast_to(np.asarray(temperature, np.float64), (len(clips),))
    found = []
    for name in sorted(set(corpora[known])):
        rows = known & (corpora == name)
        with_single = clips.select(rows)
        with_own = with_single.with_temperature(single[rows], own[rows])
        change = negative_log_likelihoods(with_own) - negative_log_likelihoods(with_single)
        found.append(
            CorpusTemperature(
                name,
                len(with_single),
                _common(own[rows]),
                probability_scores(with_single, rng),
                probability_scores(with_own, rng),
                mean(change, with_single.speakers, rng),
            )
        )
    return tuple(found)


def _common(temperature: float | Floats) -> float | None:
    """The temperature, where all are the same."""
    distinct = np.unique(temperature)
    return float(distinct[0]) if len(distinct) == 1 else None


def _calibration_error(
    clips: LabelledPredictions, indices: npt.NDArray[np.int64], rng: np.random.Generator
) -> Estimate:
    """ECE over the bins `indices` (clip,), which stay the same in all resamples."""
    surplus = clips.correct.astype(np.float64) - clips.confidence
    sums, speakers = _sums_by_speaker(surplus, indices, clips.speakers)
    value = float(np.abs(sums[:, :-1].sum(axis=0)).sum() / sums[:, -1].sum())
    drawn = resample(sums, rng)
    found = estimate(value, np.abs(drawn[:, :-1]).sum(axis=1) / drawn[:, -1], speakers)
    if found.interval is None:
        return found
    bias = max(0.0, float((np.abs(drawn[:, :-1]).sum(axis=1) / drawn[:, -1]).mean()) - value)
    low, high = (max(0.0, bound - bias) for bound in (found.interval.low, found.interval.high))
    return Estimate(value, Interval(low, high))


def _sums_by_speaker(
    values: npt.NDArray[np.float64], indices: npt.NDArray[np.int64], speakers: Sequence[str]
) -> tuple[npt.NDArray[np.float64], int]:
    """Sums (speaker, bin + 1) of the values in each bin, last the number of clips; and the speakers."""
    names, rows = np.unique(np.asarray(speakers, dtype=object), return_inverse=True)
    sums = np.zeros((len(names), int(indices.max(initial=0)) + 2))
    np.add.at(sums, (rows, indices), values)
    np.add.at(sums[:, -1], rows, 1.0)
    return sums, len(names)
