"""Predictions of a model for the same clips, unchanged and in a condition. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import AudioError
from emotion_classifier.evaluation.metrics import confusion, uar
from emotion_classifier.experiments.stress.conditions import Condition
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.specification import ConditionFacts
from emotion_classifier.units import Decibels, Hertz

TOLERATED_LOSS = 0.05
"""Highest loss of UAR by a condition within the operating range."""


class Clip(Protocol):
    """A prepared clip."""

    def samples(self) -> Samples:
        """Samples (sample,)."""


class PairedPredictions(NamedTuple):
    """Predictions of one model for clips, unchanged and in a condition.

    Parameters
    ----------
    true, clean, changed : (clip,) emotion indices; -1 where a clip could not be predicted, or has no
        speech for the model.
    """

    true: npt.NDArray[np.int64]
    clean: npt.NDArray[np.int64]
    changed: npt.NDArray[np.int64]


def predict_pairs(
    predictor: Predictor,
    utterances: Sequence[Utterance],
    clips: Sequence[Clip],
    condition: Condition,
    seed: int,
) -> PairedPredictions:
    """The predictions of a model for clips, unchanged and in a condition.

    Parameters
    ----------
    utterances : with emotions of the model, not of its training part.
    clips : of the utterances, decoded for this model.
    seed : of the parameters that the condition draws.
    """
    true = predictor.labels.indices([utterance.emotion for utterance in utterances])
    changed = predict_changed(predictor, clips, condition, seed)
    return PairedPredictions(true, predict_clean(predictor, clips), changed)


def predict_clean(predictor: Predictor, clips: Sequence[Clip]) -> npt.NDArray[np.int64]:
    """Emotion indices (clip,) of unchanged clips, as in `PairedPredictions`."""
    rate = predictor.model.input.sample_rate
    return _predict(predictor, (Waveform(clip.samples()[np.newaxis], rate) for clip in clips))


def predict_changed(
    predictor: Predictor, clips: Sequence[Clip], condition: Condition, seed: int
) -> npt.NDArray[np.int64]:
    """Emotion indices (clip,) of clips in a condition; `seed` is that of the drawn parameters."""
    rate = predictor.model.input.sample_rate
    changed = (
        condition.apply(clip.samples(), rate, np.random.default_rng((seed, number)))
        for number, clip in enumerate(clips)
    )
    return _predict(predictor, changed)


def condition_facts(condition: Condition, pairs: Iterable[PairedPredictions]) -> ConditionFacts:
    """Scores in a condition, pooled over models with test clips of their own."""
    true, clean, changed = (np.concatenate(column) for column in zip(*pairs, strict=True))
    emotions = int(max(true.max(), clean.max(), changed.max())) + 1
    # A clip that cannot be predicted counts as wrong: an extra class, which is never true.
    counted = (np.where(p < 0, emotions, p) for p in (changed, clean))
    after, before = (float(uar(confusion(true, p, emotions + 1))) for p in counted)
    return ConditionFacts(
        condition=condition.name,
        uar=after,
        change=after - before,
        unchanged=float(np.mean(clean == changed)),
    )


def lowest_snr_db(rows: Sequence[tuple[Condition, ConditionFacts]]) -> Decibels | None:
    """The lowest SNR down to which no level costs more than `TOLERATED_LOSS`; None for none."""
    lowest = None
    levels = [(c.snr_db, facts) for c, facts in rows if c.snr_db is not None]
    for level, facts in sorted(levels, key=lambda pair: -pair[0]):
        if facts.change < -TOLERATED_LOSS:
            break
        lowest = level
    return lowest


def lowest_rate_hz(rows: Sequence[tuple[Condition, ConditionFacts]], own: Hertz) -> Hertz:
    """The lowest sample rate that costs no more than `TOLERATED_LOSS`, at most the model's `own`."""
    rates = [
        c.recorded_hz for c, facts in rows if c.recorded_hz and facts.change >= -TOLERATED_LOSS
    ]
    return min([own, *rates])


def _predict(predictor: Predictor, recordings: Iterator[Waveform]) -> npt.NDArray[np.int64]:
    """Emotion indices (clip,), -1 where a clip cannot be predicted or has no speech."""
    indices = [
        int(found.probabilities.argmax())
        if not isinstance(found, AudioError) and found.has_speech
        else -1
        for found in predictor.predict_many(recordings)
    ]
    return np.array(indices, np.int64)
