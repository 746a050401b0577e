"""Robustness of a model: its predictions for the same clips in worse recordings. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.augmentation import AugmentationConfig
from emotion_classifier.audio.augmentation.background_noise import BackgroundNoiseConfig
from emotion_classifier.audio.augmentation.chain import Chain, Step
from emotion_classifier.audio.augmentation.filtering import ImpulseResponseConfig, MicrophoneConfig
from emotion_classifier.audio.augmentation.level import GainConfig
from emotion_classifier.audio.augmentation.noise import GaussianNoiseConfig
from emotion_classifier.audio.augmentation.transmission import CodecConfig, TelephoneConfig
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import AudioError
from emotion_classifier.evaluation.metrics import confusion, uar
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.specification import ConditionFacts
from emotion_classifier.units import Decibels, Hertz

TOLERATED_LOSS = 0.05
"""Highest loss of UAR by a condition within the operating range."""
_NOISE_LEVELS_DB = (20.0, 10.0, 5.0)
_TELEPHONE_RATE: Hertz = 8_000


@dataclass(frozen=True)
class Condition:
    """A change of recordings: augmentation, then resampling unless `recorded_hz` is None.

    `snr_db` is the signal-to-noise ratio where the condition is noise.
    """

    name: str
    chain: Chain
    recorded_hz: Hertz | None = None
    snr_db: Decibels | None = None

    def apply(
        self, samples: Samples, sample_rate: Hertz, generator: np.random.Generator
    ) -> Waveform:
        """The changed recording of `samples` (sample,)."""
        changed = self.chain.apply(samples, sample_rate, generator)
        rate = self.recorded_hz or sample_rate
        return Waveform(resample(changed, sample_rate, rate)[np.newaxis], rate)


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


def conditions(chain: Sequence[AugmentationConfig]) -> tuple[Condition, ...]:
    """The conditions that a model is tested in.

    Parameters
    ----------
    chain : augmentation of the model, for the folders of noises and impulse responses. Without the
        former the noise is white; without the latter there is no condition with reverberation.
    """
    noises = next((c.path for c in chain if isinstance(c, BackgroundNoiseConfig)), None)
    rooms = next((c.path for c in chain if isinstance(c, ImpulseResponseConfig)), None)
    chosen = [_noise_condition(noises, level) for level in _NOISE_LEVELS_DB]
    if rooms is not None:
        chosen.append(_condition("rooms", ImpulseResponseConfig(path=rooms, probability=1.0)))
    return (
        *chosen,
        _condition("other microphones", MicrophoneConfig(probability=1.0)),
        _condition("telephone", TelephoneConfig(probability=1.0)),
        _condition("MP3", CodecConfig(formats=("mp3",), probability=1.0)),
        _condition(
            "20 dB quieter", GainConfig(minimum_db=-20.0, maximum_db=-20.0, probability=1.0)
        ),
        Condition(f"recorded at {_TELEPHONE_RATE:,} Hz", Chain(), _TELEPHONE_RATE),
    )


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
    rate = predictor.model.input.sample_rate
    plain = (Waveform(clip.samples()[np.newaxis], rate) for clip in clips)
    changed = (
        condition.apply(clip.samples(), rate, np.random.default_rng((seed, number)))
        for number, clip in enumerate(clips)
    )
    return PairedPredictions(true, _predict(predictor, plain), _predict(predictor, changed))


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


def _noise_condition(noises: Path | None, level: Decibels) -> Condition:
    snr: dict[str, Any] = {"probability": 1.0, "minimum_snr_db": level, "maximum_snr_db": level}
    config: AugmentationConfig = GaussianNoiseConfig(**snr)
    if noises is not None:
        config = BackgroundNoiseConfig(path=noises, **snr)
    kind = "white noise" if noises is None else "noise, music or voices"
    return replace(_condition(f"{kind} at {level:g} dB", config), snr_db=level)


def _condition(name: str, config: AugmentationConfig) -> Condition:
    return Condition(name, Chain([Step(config.kind, 1.0, config.build())]))


def _predict(predictor: Predictor, recordings: Iterator[Waveform]) -> npt.NDArray[np.int64]:
    """Emotion indices (clip,), -1 where a clip cannot be predicted or has no speech."""
    indices = [
        int(found.probabilities.argmax())
        if not isinstance(found, AudioError) and found.has_speech
        else -1
        for found in predictor.predict_many(recordings)
    ]
    return np.array(indices, np.int64)
