from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.audio.augmentation.background_noise import BackgroundNoiseConfig
from emotion_classifier.audio.augmentation.level import GainConfig
from emotion_classifier.audio.augmentation.policy import DEFAULT_CHAIN, PolicyConfig
from emotion_classifier.config import parse_config
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import ConfigError

LABELS = LabelSet(("neutral", "sad", "angry"))
RATE = 16_000
CLIP = (0.2 * np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE)).astype(np.float32)


def test_an_emotion_has_its_own_chain_or_that_of_all() -> None:
    config = parse_config(
        PolicyConfig,
        {
            "chain": [{"kind": "gain"}],
            "per_emotion": {"sad": [{"kind": "polarity", "probability": 0.1}], "angry": []},
        },
    )
    policy = config.build(LABELS)
    assert [step.kind for step in policy.of("neutral").steps] == ["gain"]
    assert [(s.kind, s.probability) for s in policy.of("sad").steps] == [("polarity", 0.1)]
    assert policy.of("angry").apply(CLIP, RATE, np.random.default_rng(0)) is CLIP


def test_an_unknown_emotion_is_an_error() -> None:
    config = parse_config(PolicyConfig, {"per_emotion": {"sad": [], "joyful": [], "bored": []}})
    with pytest.raises(ConfigError, match=r"names bored, joyful.*neutral, sad, angry"):
        config.build(LABELS)


def test_an_error_in_the_chain_of_an_emotion_names_its_key() -> None:
    with pytest.raises(ConfigError, match=r"per_emotion\.sad\.0\.probability: got 2"):
        parse_config(PolicyConfig, {"per_emotion": {"sad": [{"kind": "gain", "probability": 2}]}})


def test_a_missing_folder_is_an_error_before_training(tmp_path: Path) -> None:
    noise = BackgroundNoiseConfig(path=tmp_path / "absent")
    for config in (PolicyConfig(chain=(noise,)), PolicyConfig(per_emotion={"sad": (noise,)})):
        with pytest.raises(ConfigError, match="absent does not exist"):
            config.build(LABELS)


def test_recordings_of_every_chain_are_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))
    (tmp_path / "noise").mkdir()
    (tmp_path / "noise" / "damaged.wav").write_text("no audio")
    noise = BackgroundNoiseConfig(path=tmp_path)
    for config in (PolicyConfig(chain=(noise,)), PolicyConfig(per_emotion={"sad": (noise,)})):
        with pytest.raises(ConfigError, match=r"damaged\.wav"):
            config.build(LABELS).prepare(RATE)


def test_the_default_needs_no_files_and_goes_to_workers() -> None:
    policy = PolicyConfig().build(LABELS)
    policy.prepare(RATE)
    again = pickle.loads(pickle.dumps(policy))
    for seed in range(20):
        first, second = (
            one.of("sad").apply(CLIP, RATE, np.random.default_rng(seed)) for one in (policy, again)
        )
        np.testing.assert_array_equal(first, second)


def test_the_default_chain_is_mild() -> None:
    for settings in DEFAULT_CHAIN:
        # Below about 5 dB listeners perceive other emotions: such clips need other labels.
        assert getattr(settings, "minimum_snr_db", 5.0) >= 5.0
        assert settings.probability <= 0.5
    assert isinstance(DEFAULT_CHAIN[-1], GainConfig)


def test_there_is_at_least_one_view() -> None:
    assert parse_config(PolicyConfig, {}).views is None
    assert parse_config(PolicyConfig, {"views": 8}).views == 8
    with pytest.raises(ConfigError, match="views: got 0"):
        parse_config(PolicyConfig, {"views": 0})
