from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from emotion_classifier.audio.augmentation.augmentation import CustomAugmentationConfig
from emotion_classifier.audio.augmentation.chain import PolicyConfig
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.config import parse_config
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import ConfigError
from emotion_classifier.testing.augmentation import check_augmentation
from emotion_classifier.units import Hertz

THIS = __name__


@dataclass(frozen=True)
class Fade:
    """Fades a clip in over a drawn share of its duration."""

    maximum_share: float

    def draw(self, sample_count: int, sample_rate: Hertz, generator: np.random.Generator) -> float:
        return float(generator.uniform(0.0, self.maximum_share))

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: float) -> Samples:
        ramp = np.linspace(0.0, 1.0, max(1, round(parameters * len(samples))), dtype=np.float32)
        return np.concatenate([samples[: len(ramp)] * ramp, samples[len(ramp) :]])


@dataclass(frozen=True)
class Noisy(Fade):
    """Breaks the contract: draws from the global generator."""

    def apply(self, samples: Samples, sample_rate: Hertz, parameters: float) -> Samples:
        return samples + np.float32(np.random.random())  # noqa: NPY002


def settings(name: str) -> CustomAugmentationConfig:
    return CustomAugmentationConfig(target=f"{THIS}:{name}", options={"maximum_share": 0.2})


def test_a_custom_augmentation_keeps_to_the_contract() -> None:
    check_augmentation(settings("Fade"))


def test_the_contract_finds_a_custom_augmentation_that_breaks_it() -> None:
    with pytest.raises(AssertionError, match="the global random state was used"):
        check_augmentation(settings("Noisy"))


def test_a_run_file_can_name_a_custom_augmentation() -> None:
    options = {"kind": "custom", "target": f"{THIS}:Fade", "options": {"maximum_share": 1.0}}
    config = parse_config(PolicyConfig, {"chain": [{**options, "probability": 1.0}]}, "run.yml")
    chain = config.build(LabelSet(("happy", "sad"))).of("sad")
    clip = np.ones(1000, np.float32)
    faded = chain.apply(clip, 16_000, np.random.default_rng(0))
    assert 0.0 < faded.mean() < 1.0


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (f"{THIS}:Fad", "did you mean 'Fade'"),
        ("nowhere.at_all:Fade", "there is no module nowhere"),
        (
            "fractions:Fraction",
            "makes a Fraction, which has no method draw: an augmentation has draw and",
        ),
    ],
)
def test_targets_that_are_no_augmentation_are_errors(target: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        CustomAugmentationConfig(target=target).build()
