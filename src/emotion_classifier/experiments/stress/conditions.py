"""Conditions: worse recordings of the same clips, for tests of robustness and for model cards.

Groups, conditions and limits follow the tests of audEERING (Derington et al., "Testing Speech Emotion
Recognition Machine Learning Models", arXiv 2312.06270), whose recordings are not public; parameters of
their conditions that are not published are our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from emotion_classifier.audio.augmentation import AugmentationConfig
from emotion_classifier.audio.augmentation.augmentation import Augmentation
from emotion_classifier.audio.augmentation.background_noise import (
    BackgroundNoise,
    BackgroundNoiseConfig,
)
from emotion_classifier.audio.augmentation.chain import Chain, Step
from emotion_classifier.audio.augmentation.filtering import ImpulseResponseConfig, MicrophoneConfig
from emotion_classifier.audio.augmentation.level import Clipping, Gain, GainConfig
from emotion_classifier.audio.augmentation.noise import GaussianNoise, GaussianNoiseConfig
from emotion_classifier.audio.augmentation.sound_bank import SoundBank
from emotion_classifier.audio.augmentation.tempo import Speed
from emotion_classifier.audio.augmentation.transmission import (
    CodecConfig,
    PacketLoss,
    TelephoneConfig,
)
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.experiments.stress.changes import (
    Band,
    ClippedShare,
    Compressor,
    Cut,
    Event,
    Impulse,
    OneOf,
    PinkNoise,
    Tilt,
    Tone,
    Zeros,
)
from emotion_classifier.units import Decibels, Hertz

CURVE_SNR_DB = (20.0, 10.0, 5.0, 0.0)
"""Levels of the background in a curve; the limits are for the first."""
_NOISE_LEVELS_DB = (20.0, 10.0, 5.0)
_TELEPHONE_RATE: Hertz = 8_000
_EVENT_SNR_DB: Decibels = 10.0
_EVENT_WORDS = ("cough", "sneeze")
_SAMPLES = (100, 500, 1000)


@dataclass(frozen=True)
class Limits:
    """Lowest acceptable results in a condition; None where there is no limit.

    Parameters
    ----------
    unchanged : share of the clips whose predicted emotion stays the same.
    change : of UAR.
    """

    unchanged: float | None = None
    change: float | None = None


@dataclass(frozen=True)
class Condition:
    """A change of recordings: augmentation, then resampling unless `recorded_hz` is None.

    Parameters
    ----------
    snr_db : signal-to-noise ratio where the condition is a background.
    group : of conditions with the same limits.
    background : kind of the background, whose levels are a curve.
    """

    name: str
    chain: Chain
    recorded_hz: Hertz | None = None
    snr_db: Decibels | None = None
    group: str = ""
    limits: Limits = Limits()
    background: str | None = None

    def apply(
        self, samples: Samples, sample_rate: Hertz, generator: np.random.Generator
    ) -> Waveform:
        """The changed recording of `samples` (sample,)."""
        changed = self.chain.apply(samples, sample_rate, generator)
        rate = self.recorded_hz or sample_rate
        return Waveform(resample(changed, sample_rate, rate)[np.newaxis], rate)


def card_conditions(chain: Sequence[AugmentationConfig]) -> tuple[Condition, ...]:
    """The conditions of a model card.

    Parameters
    ----------
    chain : augmentation of the model, for the folders of noises and impulse responses. Without the
        former the noise is white; without the latter there is no condition with reverberation.
    """
    noises = next((c.path for c in chain if isinstance(c, BackgroundNoiseConfig)), None)
    rooms = next((c.path for c in chain if isinstance(c, ImpulseResponseConfig)), None)
    chosen = [_noise_condition(noises, level) for level in _NOISE_LEVELS_DB]
    return (*chosen, *_room_conditions(rooms), *_recording_conditions())


def stress_conditions(noises: Path | None, rooms: Path | None) -> tuple[Condition, ...]:
    """The conditions of a stress test, group by group.

    Parameters
    ----------
    noises : folder in MUSAN layout; None takes white and pink noise, and a synthetic knock.
    rooms : folder of impulse responses; None leaves them out.

    Raises
    ------
    ConfigError
        A folder holds no recordings, or libsndfile lacks a codec.
    """
    return (
        *_small_conditions(),
        *_background_conditions(noises),
        *_phone_conditions(),
        *_room_conditions(rooms),
        *(_with("tilt", _TILT, f"tilt {s:+g} dB per octave", Tilt(s)) for s in (3.0, -3.0)),
        *_own_conditions(),
        *_recording_conditions(),
    )


def left_out(noises: Path | None, rooms: Path | None) -> list[str]:
    """Sentences about the conditions that these folders do not allow."""
    found = []
    if noises is None:
        found.append(
            "No folder of noises (--noise): background is white and pink noise, the event a synthetic "
            "knock; no babble, environment or music."
        )
    else:
        kinds = _backgrounds(noises)
        missing = [kind for kind in ("babble", "environment", "music") if kind not in kinds]
        if missing:
            found.append(f"{noises} has no recordings of {', '.join(missing)}: left out.")
        if not _event_files(noises):
            found.append(
                f"{noises} has no cough or sneeze by the name of a file: the event is a synthetic knock."
            )
    if rooms is None:
        found.append("No folder of impulse responses (--rooms): no reverberation.")
    return found


_SMALL = Limits(unchanged=0.95)
_BACKGROUND = Limits(unchanged=0.9, change=-0.05)
_PHONE = Limits(unchanged=0.5, change=-0.05)
_ROOM = Limits(unchanged=0.8)
_TILT = Limits(unchanged=0.8, change=-0.02)


def _small_conditions() -> tuple[Condition, ...]:
    changes: dict[str, list[Augmentation[Any]]] = {
        "tone at 40 to 50 dB": [Tone(level) for level in (40.0, 45.0, 50.0)],
        "zeros at the start": [Zeros(count, 0) for count in _SAMPLES],
        "zeros at the end": [Zeros(0, count) for count in _SAMPLES],
        "start cut off": [Cut(count, 0) for count in _SAMPLES],
        "end cut off": [Cut(0, count) for count in _SAMPLES],
        "0.1 to 0.3 % clipped": [ClippedShare(share) for share in (0.001, 0.002, 0.003)],
        "gain of 1 or 2 dB": [Gain(db, db) for db in (-2.0, -1.0, 1.0, 2.0)],
        "high-pass 50 to 150 Hz": [Band(low_hz=hz) for hz in (50.0, 100.0, 150.0)],
        "low-pass 6.5 to 7.5 kHz": [Band(high_hz=hz) for hz in (7500.0, 7000.0, 6500.0)],
        "white noise at 35 to 45 dB": [GaussianNoise(db, db) for db in (35.0, 40.0, 45.0)],
    }
    return tuple(
        _with("small changes", _SMALL, name, OneOf(options)) for name, options in changes.items()
    )


def _background_conditions(noises: Path | None) -> list[Condition]:
    kinds = _backgrounds(noises)
    found = []
    for kind, change_at in kinds.items():
        for level in CURVE_SNR_DB:
            limits = _BACKGROUND if level == CURVE_SNR_DB[0] else Limits()
            one = _with("background", limits, f"{kind} at {level:g} dB", change_at(level))
            found.append(replace(one, snr_db=level, background=kind))
    files = () if noises is None else _event_files(noises)
    event: Augmentation[Any] = Impulse(_EVENT_SNR_DB)
    if noises is not None and files:
        event = Event(SoundBank(noises, files, 60.0), _EVENT_SNR_DB)
    name = "a cough or sneeze" if files else "a knock"
    return [*found, _with("background", _BACKGROUND, f"{name} at {_EVENT_SNR_DB:g} dB", event)]


def _backgrounds(noises: Path | None) -> dict[str, Any]:
    """Kind of background → function from the level to the change."""
    synthetic = {"white noise": lambda db: GaussianNoise(db, db)}
    if noises is None:
        return {**synthetic, "pink noise": PinkNoise}
    built = BackgroundNoiseConfig(path=noises, probability=1.0).build()
    noise = built.names.get("noise", ())
    many = tuple(name for name in noise if "babble" in name)
    names = {
        # A file with many voices is a babble as it is; voices are summed.
        "babble": {"noise": many} if many else {"speech": built.names.get("speech", ())},
        "environment": {"noise": tuple(n for n in noise if n not in many and not _is_event(n))},
        "music": {"music": built.names.get("music", ())},
    }

    def recorded(own: dict[str, tuple[str, ...]]) -> Any:
        weights = dict.fromkeys(own, 1.0)
        return lambda db: BackgroundNoise(built.sounds, own, weights, (db, db), built.babble_voices)

    found = {kind: recorded(own) for kind, own in names.items() if any(own.values())}
    return {**found, **synthetic}


def _event_files(noises: Path) -> tuple[str, ...]:
    names = BackgroundNoiseConfig(path=noises, probability=1.0).build().names.get("noise", ())
    return tuple(name for name in names if _is_event(name))


def _is_event(name: str) -> bool:
    return any(word in name.lower() for word in _EVENT_WORDS)


def _phone_conditions() -> tuple[Condition, ...]:
    gsm = CodecConfig(formats=("gsm",), probability=1.0).build()
    steps: list[Augmentation[Any]] = [Compressor(20.0, 4.0), gsm, PinkNoise(35.0)]
    chain = Chain([Step(type(one).__name__, 1.0, one) for one in steps])
    return (Condition("compressor, GSM, pink noise", chain, group="phone", limits=_PHONE),)


def _room_conditions(rooms: Path | None) -> tuple[Condition, ...]:
    if rooms is None:
        return ()
    config = ImpulseResponseConfig(path=rooms, probability=1.0)
    return (replace(_condition("rooms", config), group="rooms", limits=_ROOM),)


def _own_conditions() -> tuple[Condition, ...]:
    changes: dict[str, Augmentation[Any]] = {
        "speed 0.9": Speed(0.9, 0.9),
        "speed 1.1": Speed(1.1, 1.1),
        "clipped 6 dB below the peak": Clipping(6.0, 6.0),
        "clipped 12 dB below the peak": Clipping(12.0, 12.0),
        "5 % of packets lost": PacketLoss(0.05, 0.05, 2.0),
        "20 % of packets lost": PacketLoss(0.2, 0.2, 2.0),
    }
    return tuple(_with("others", Limits(), name, change) for name, change in changes.items())


def _recording_conditions() -> tuple[Condition, ...]:
    """Changes by the recording and transmission, without limits."""
    found = (
        _condition("other microphones", MicrophoneConfig(probability=1.0)),
        _condition("telephone", TelephoneConfig(probability=1.0)),
        _condition("MP3", CodecConfig(formats=("mp3",), probability=1.0)),
        _condition(
            "20 dB quieter", GainConfig(minimum_db=-20.0, maximum_db=-20.0, probability=1.0)
        ),
        Condition(f"recorded at {_TELEPHONE_RATE:,} Hz", Chain(), _TELEPHONE_RATE),
    )
    return tuple(
        replace(one, group="phone", limits=_PHONE)
        if one.name == "telephone"
        else replace(one, group="others")
        for one in found
    )


def _noise_condition(noises: Path | None, level: Decibels) -> Condition:
    snr: dict[str, Any] = {"probability": 1.0, "minimum_snr_db": level, "maximum_snr_db": level}
    config: AugmentationConfig = GaussianNoiseConfig(**snr)
    if noises is not None:
        config = BackgroundNoiseConfig(path=noises, **snr)
    kind = "white noise" if noises is None else "noise, music or voices"
    return replace(_condition(f"{kind} at {level:g} dB", config), snr_db=level)


def _condition(name: str, config: AugmentationConfig) -> Condition:
    return Condition(name, Chain([Step(config.kind, 1.0, config.build())]))


def _with(group: str, limits: Limits, name: str, change: Augmentation[Any]) -> Condition:
    chain = Chain([Step(type(change).__name__, 1.0, change)])
    return Condition(name, chain, group=group, limits=limits)
