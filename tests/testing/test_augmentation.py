"""The contract of augmentations catches what it should."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from emotion_classifier.audio.augmentation.level import GainConfig
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.testing.augmentation import check_augmentation
from emotion_classifier.units import Hertz


def uniform(generator: np.random.Generator) -> object:
    return float(generator.uniform())


def half(samples: Samples) -> Any:
    return samples * np.float32(0.5)


def from_global_numpy(generator: np.random.Generator) -> object:
    return float(np.random.uniform())  # noqa: NPY002


def from_global_random(generator: np.random.Generator) -> object:
    return random.random()


def fresh_array(generator: np.random.Generator) -> object:
    return [object()]


def in_place(samples: Samples) -> Any:
    samples *= np.float32(0.5)
    return samples


def unpredictable(samples: Samples) -> Any:
    return half(samples) + np.float32(np.random.default_rng().uniform(0.1, 0.2))


def by_global_chance(samples: Samples) -> Any:
    return half(samples) + np.float32(np.random.uniform(0.1, 0.2))  # noqa: NPY002


def normalised(samples: Samples) -> Any:
    with np.errstate(invalid="ignore"):
        return samples / np.abs(samples).max()


def nothing_of_a_short_one(samples: Samples) -> Any:
    return samples[3000:]


def in_double(samples: Samples) -> Any:
    return samples * np.float64(0.5)


def with_channel(samples: Samples) -> Any:
    return samples[None]


def as_list(samples: Samples) -> Any:
    return samples.tolist()


@dataclass
class Faulty:
    """An augmentation made of two functions; it is its own settings."""

    drawing: Callable[[np.random.Generator], object] = uniform
    applying: Callable[[Samples], Any] = half
    audio: list[float] = field(default_factory=list)

    def build(self) -> Faulty:
        return self

    def model_dump_json(self) -> str:
        return "{}"

    @classmethod
    def model_validate_json(cls, json_data: str) -> Any:
        return SAME

    def __eq__(self, other: object) -> bool:
        return other is SAME

    def draw(self, sample_count: int, sample_rate: Hertz, generator: np.random.Generator) -> object:
        return self.drawing(generator)

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: object) -> Any:
        return self.applying(samples)


SAME = object()


@pytest.mark.parametrize(
    ("augmentation", "message"),
    [
        (Faulty(drawing=from_global_numpy), "global random state was used"),
        (Faulty(drawing=from_global_random), "global random state was used"),
        (Faulty(drawing=fresh_array), "one state of the generator gave"),
        (Faulty(applying=by_global_chance), "global random state was used"),
        (Faulty(applying=unpredictable), "two different results"),
        (Faulty(applying=normalised), "not finite"),
        (Faulty(applying=nothing_of_a_short_one), "the result is empty"),
        (Faulty(applying=in_double), "float64, not float32"),
        (Faulty(applying=with_channel), r"not \(sample,\)"),
        (Faulty(applying=as_list), "the result is list"),
        (Faulty(audio=[0.5] * 200_000), "leave the audio out"),
    ],
)
def test_the_error_names_the_broken_rule(augmentation: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_augmentation(augmentation)


def test_changing_the_input_fails() -> None:
    augmentation: Any = Faulty(applying=in_place)
    with pytest.raises(ValueError, match="read-only"):
        check_augmentation(augmentation)


def test_settings_that_do_not_come_back_from_json_are_named() -> None:
    class Forgetful(GainConfig):
        def model_dump_json(self, **options: Any) -> str:
            return "{}"

    with pytest.raises(AssertionError, match="on a round trip through JSON"):
        check_augmentation(Forgetful(minimum_db=-3.0))


def test_a_good_augmentation_passes() -> None:
    augmentation: Any = Faulty()
    check_augmentation(augmentation)
