"""How a model answers the same clips in worse recordings. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from emotion_classifier.audio.augmentation import AugmentationConfig
from emotion_classifier.audio.augmentation.chain import Chain, Step
from emotion_classifier.audio.augmentation.channel.codec import CodecConfig
from emotion_classifier.audio.augmentation.channel.gain import GainConfig
from emotion_classifier.audio.augmentation.channel.impulse_response import ImpulseResponseConfig
from emotion_classifier.audio.augmentation.channel.microphone import MicrophoneConfig
from emotion_classifier.audio.augmentation.channel.telephone import TelephoneConfig
from emotion_classifier.audio.augmentation.noise.background_noise import BackgroundNoiseConfig
from emotion_classifier.audio.augmentation.noise.gaussian_noise import GaussianNoiseConfig
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import AudioError
from emotion_classifier.evaluation.metrics import confusion, uar
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.specification import ConditionFacts
from emotion_classifier.units import Decibels, Hertz

BEARABLE_LOSS = 0.05
"""UAR that a condition within the operating range may cost."""
_NOISE_LEVELS_DB = (20.0, 10.0, 5.0)
_TELEPHONE_RATE: Hertz = 8_000


@dataclass(frozen=True)
class Condition:
    """A change of recordings.

    Parameters
    ----------
    name : in words.
    chain : what is done to the samples.
    recorded_hz : rate that the recording then has; None leaves it.
    snr_db : distance of the noise below the clip, where noise is what is added.
    """

    name: str
    chain: Chain
    recorded_hz: Hertz | None = None
    snr_db: Decibels | None = None

    def apply(
        self, samples: Samples, sample_rate: Hertz, generator: np.random.Generator
    ) -> Waveform:
        """The changed recording of samples (sample,)."""
        changed = self.chain.apply(samples, sample_rate, generator)
        rate = self.recorded_hz or sample_rate
        return Waveform(resample(changed, sample_rate, rate)[np.newaxis], rate)


class Clip(Protocol):
    """A prepared clip."""

    def samples(self) -> Samples:
        """Samples (sample,)."""


class Answers(NamedTuple):
    """What a model answered to clips as they are and as a condition makes them.

    Parameters
    ----------
    true, clean, changed : (clip,) emotion indices; -1 where a changed clip could not be answered.
    """

    true: npt.NDArray[np.int64]
    clean: npt.NDArray[np.int64]
    changed: npt.NDArray[np.int64]


def conditions(chain: Sequence[AugmentationConfig]) -> tuple[Condition, ...]:
    """The conditions that a model is tested in.

    Parameters
    ----------
    chain : the augmentation of the model, for the folders of noises and rooms. Noise is white where
        it names none, and without rooms there is no condition of rooms.
    """
    noises = next((one.path for one in chain if isinstance(one, BackgroundNoiseConfig)), None)
    rooms = next((one.path for one in chain if isinstance(one, ImpulseResponseConfig)), None)
    made = [_noisy(noises, level) for level in _NOISE_LEVELS_DB]
    if rooms is not None:
        made.append(_one("rooms", ImpulseResponseConfig(path=rooms, probability=1.0)))
    return (
        *made,
        _one("other microphones", MicrophoneConfig(probability=1.0)),
        _one("telephone", TelephoneConfig(probability=1.0)),
        _one("MP3", CodecConfig(formats=("mp3",), probability=1.0)),
        _one("20 dB quieter", GainConfig(minimum_db=-20.0, maximum_db=-20.0, probability=1.0)),
        Condition(f"recorded at {_TELEPHONE_RATE:,} Hz", Chain(), _TELEPHONE_RATE),
    )


def answers(
    predictor: Predictor,
    utterances: Sequence[Utterance],
    clips: Sequence[Clip],
    condition: Condition,
    seed: int,
) -> Answers:
    """What a model answers to clips, as they are and changed.

    Parameters
    ----------
    utterances : of emotions that the model knows, not heard in training.
    clips : the same, prepared for this model.
    seed : of what the condition draws.
    """
    true = predictor.labels.indices([utterance.emotion for utterance in utterances])
    rate = predictor.model.input.sample_rate
    plain = (Waveform(clip.samples()[np.newaxis], rate) for clip in clips)
    changed = (
        condition.apply(clip.samples(), rate, np.random.default_rng((seed, number)))
        for number, clip in enumerate(clips)
    )
    return Answers(true, _predicted(predictor, plain), _predicted(predictor, changed))


def condition_facts(condition: Condition, found: Iterable[Answers]) -> ConditionFacts:
    """What a condition does to the answers, of one or more models on clips of their own."""
    true, clean, changed = (np.concatenate(column) for column in zip(*found, strict=True))
    emotions = int(max(true.max(), clean.max(), changed.max())) + 1
    # A clip that cannot be answered any more is a wrong answer: of an emotion that is none.
    given = np.where(changed < 0, emotions, changed)
    after, before = (float(uar(confusion(true, p, emotions + 1))) for p in (given, clean))
    return ConditionFacts(
        condition=condition.name,
        uar=after,
        change=after - before,
        unchanged=float(np.mean(clean == changed)),
    )


def lowest_snr_db(rows: Sequence[tuple[Condition, ConditionFacts]]) -> Decibels | None:
    """The lowest noise level up to which no level costs more than `BEARABLE_LOSS`."""
    lowest = None
    levels = [(c.snr_db, facts) for c, facts in rows if c.snr_db is not None]
    for level, facts in sorted(levels, key=lambda pair: -pair[0]):
        if facts.change < -BEARABLE_LOSS:
            break
        lowest = level
    return lowest


def lowest_rate_hz(rows: Sequence[tuple[Condition, ConditionFacts]], own: Hertz) -> Hertz:
    """The lowest rate of recordings that costs no more than `BEARABLE_LOSS`, at most the model's."""
    rates = [c.recorded_hz for c, facts in rows if c.recorded_hz and facts.change >= -BEARABLE_LOSS]
    return min([own, *rates])


def _noisy(noises: Path | None, level: Decibels) -> Condition:
    config: AugmentationConfig
    if noises is None:
        config = GaussianNoiseConfig(probability=1.0, minimum_snr_db=level, maximum_snr_db=level)
    else:
        config = BackgroundNoiseConfig(
            path=noises, probability=1.0, minimum_snr_db=level, maximum_snr_db=level
        )
    kind = "white noise" if noises is None else "noise, music or voices"
    made = _one(f"{kind} at {level:g} dB", config)
    return Condition(made.name, made.chain, snr_db=level)


def _one(name: str, config: AugmentationConfig) -> Condition:
    return Condition(name, Chain([Step(config.kind, 1.0, config.build())]))


def _predicted(predictor: Predictor, recordings: Iterator[Waveform]) -> npt.NDArray[np.int64]:
    """Index (clip,) of each answer, -1 where there is none."""
    found = predictor.predict_many(recordings)
    return np.array(
        [-1 if isinstance(one, AudioError) else int(one.probabilities.argmax()) for one in found],
        np.int64,
    )
