"""Errors of augmentation settings contain their key, value, rule and remedy."""

from __future__ import annotations

import math

import pytest

from emotion_classifier.audio.augmentation.chain import PolicyConfig
from emotion_classifier.config import parse_config
from emotion_classifier.errors import ConfigError


def refusal(**settings: object) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(PolicyConfig, {"chain": [{"kind": "polarity"}, settings]}, "run.yml")
    return str(caught.value)


@pytest.mark.parametrize("probability", [-0.1, 1.5, math.nan, math.inf, True, "often"])
def test_a_probability_is_between_0_and_1(probability: object) -> None:
    message = refusal(kind="polarity", probability=probability)
    assert message.startswith("run.yml: chain.1.probability: got ")


@pytest.mark.parametrize("kind", ["gaussian_noise", "background_noise"])
@pytest.mark.parametrize("name", ["minimum_snr_db", "maximum_snr_db"])
@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 1000.0])
def test_an_snr_is_finite_and_within_reason(kind: str, name: str, value: float) -> None:
    options = {"path": "noise"} if kind == "background_noise" else {}
    message = refusal(kind=kind, **options, **{name: value})
    assert message.startswith(f"run.yml: chain.1.{name}: got ")
    assert message.endswith(("a finite number", "less than or equal to 100"))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"kind": "gain", "minimum_db": 3, "maximum_db": -3}, "minimum_db (3) is above"),
        (
            {"kind": "gaussian_noise", "minimum_snr_db": 50},
            "minimum_snr_db (50) is above maximum_snr_db (40): exchange them",
        ),
        (
            {"kind": "background_noise", "path": "n", "minimum_snr_db": 50},
            "minimum_snr_db (50) is above maximum_snr_db (30)",
        ),
        (
            {"kind": "background_noise", "path": "n", "minimum_babble_voices": 9},
            "minimum_babble_voices (9) is above maximum_babble_voices (7)",
        ),
        (
            {"kind": "time_shift", "minimum_milliseconds": 500},
            "minimum_milliseconds (500) is above maximum_milliseconds (100)",
        ),
    ],
)
def test_a_minimum_above_its_maximum_is_an_error(
    settings: dict[str, object], expected: str
) -> None:
    message = refusal(**settings)
    assert message.startswith("run.yml: chain.1: ")
    assert expected in message


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"kind": "background_noise"}, "chain.1.path: Field required"),
        ({"kind": "impulse_response"}, "chain.1.path: Field required"),
        ({"kind": "crop", "minimum_share": 0}, "chain.1.minimum_share: got 0"),
        ({"kind": "padding", "maximum_seconds": -1}, "chain.1.maximum_seconds: got -1"),
        ({"kind": "gaussian_nois"}, "did you mean 'gaussian_noise'"),
        ({"kind": "crop", "minimum_shares": 0.5}, "did you mean 'minimum_share'"),
        (
            {"kind": "background_noise", "path": "n", "weights": {"speach": 1.0}},
            "did you mean 'speech'",
        ),
        (
            {"kind": "background_noise", "path": "n", "weights": {"speech": -1.0}},
            "chain.1.weights.speech: got -1",
        ),
        (
            {"kind": "background_noise", "path": "n", "weights": {"noise": 0.0}},
            "all weights are 0",
        ),
    ],
)
def test_errors_name_their_key(settings: dict[str, object], expected: str) -> None:
    assert expected in refusal(**settings)
