from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.audio.augmentation import AugmentationConfig
from emotion_classifier.audio.augmentation.background_noise import BackgroundNoiseConfig
from emotion_classifier.audio.augmentation.chain import (
    DEFAULT_CHAIN,
    Chain,
    PolicyConfig,
    Step,
    within_full_scale,
)
from emotion_classifier.audio.augmentation.level import GainConfig, PolarityConfig
from emotion_classifier.audio.augmentation.noise import GaussianNoiseConfig
from emotion_classifier.audio.augmentation.position import PaddingConfig, TimeShiftConfig
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.config import parse_config
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import ConfigError

RATE = 16_000
CLIP = (0.2 * np.sin(2 * np.pi * 200 * np.arange(RATE // 2) / RATE)).astype(np.float32)
MEMBERS = get_args(get_args(AugmentationConfig)[0])
WITHOUT_FILES = [
    member for member in MEMBERS if not {"path", "target"} & member.model_fields.keys()
]


def chain(*steps: AugmentationConfig) -> Chain:
    return Chain([Step(one.kind, one.probability, one.build()) for one in steps])


def apply(steps: Chain, samples: Samples = CLIP, seed: int = 0) -> Samples:
    return steps.apply(samples, RATE, np.random.default_rng(seed))


def kinds(steps: Chain, seed: int) -> list[str]:
    return [step.kind for step in steps.trace(CLIP, RATE, np.random.default_rng(seed))]


def test_the_same_state_of_the_generator_makes_the_same_samples() -> None:
    one = chain(GaussianNoiseConfig(), GainConfig(), TimeShiftConfig(), PaddingConfig())
    for seed in range(5):
        np.testing.assert_array_equal(apply(one, seed=seed), apply(one, seed=seed))
    assert len({apply(one, seed=seed).tobytes() for seed in range(20)}) > 10


def test_later_steps_do_not_change_the_draws_of_earlier_ones() -> None:
    noise = GaussianNoiseConfig(probability=1.0)
    longer = chain(noise, GainConfig(probability=1.0))
    first = next(iter(longer.trace(CLIP, RATE, np.random.default_rng(3))))
    np.testing.assert_array_equal(first.samples, apply(chain(noise), seed=3))


def test_a_probability_is_the_share_of_the_clips() -> None:
    one = chain(
        PolarityConfig(probability=0.0), GainConfig(probability=1.0), PaddingConfig(probability=0.3)
    )
    taken = [kinds(one, seed) for seed in range(1000)]
    assert not any("polarity" in each for each in taken)
    assert all("gain" in each for each in taken)
    assert sum("padding" in each for each in taken) == pytest.approx(300, abs=50)


def test_steps_act_in_their_order() -> None:
    pad = PaddingConfig(probability=1.0, maximum_seconds=0.2)
    noise = GaussianNoiseConfig(probability=1.0)
    assert kinds(chain(pad, noise), 0) == ["padding", "gaussian_noise"]
    assert kinds(chain(noise, pad), 0) == ["gaussian_noise", "padding"]
    assert apply(chain(pad, noise))[0] != 0.0
    assert apply(chain(noise, pad))[0] == 0.0


def test_the_trace_ends_in_the_result_of_the_chain() -> None:
    one = chain(GaussianNoiseConfig(probability=1.0), TimeShiftConfig(probability=1.0))
    *_, last = one.trace(CLIP, RATE, np.random.default_rng(4))
    np.testing.assert_array_equal(last.samples, apply(one, seed=4))
    step = one.steps[-1].augmentation
    assert last.parameters != step.draw(len(CLIP), RATE, np.random.default_rng(4))


def test_nothing_to_do_costs_no_copy() -> None:
    for one in (chain(), chain(GainConfig(probability=0.0))):
        assert apply(one) is CLIP


def test_peaks_above_full_scale_are_scaled_and_not_clipped() -> None:
    loud = apply(chain(GainConfig(probability=1.0, minimum_db=30.0, maximum_db=30.0)))
    assert np.abs(loud).max() == 1.0
    np.testing.assert_allclose(loud, CLIP / np.abs(CLIP).max(), atol=1e-6)


@pytest.mark.parametrize("samples", [[0.5, -1.0], [], [0.0]])
def test_peaks_within_full_scale_are_unchanged(samples: list[float]) -> None:
    one = np.array(samples, np.float32)
    assert within_full_scale(one) is one


def test_a_negative_peak_counts_too() -> None:
    np.testing.assert_array_equal(within_full_scale(np.array([1, -4], np.float32)), [0.25, -1.0])


def test_recordings_are_decoded_when_it_is_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))
    (tmp_path / "noise").mkdir()
    (tmp_path / "noise" / "damaged.wav").write_text("no audio")
    never = BackgroundNoiseConfig(path=tmp_path, probability=0.0)
    with pytest.raises(ConfigError, match=r"damaged\.wav"):
        chain(GainConfig(), never).prepare(RATE)


@settings(deadline=None, max_examples=40)
@given(
    members=st.lists(st.sampled_from(WITHOUT_FILES), min_size=1, max_size=5),
    level=st.sampled_from([0.0, 1e-4, 0.2, 1.0]),
    seed=st.integers(0, 1000),
)
def test_results_of_any_chain_are_finite_and_within_full_scale(
    members: Sequence[type[GainConfig]], level: float, seed: int
) -> None:
    one = chain(*(member(probability=1.0) for member in members))
    result = apply(one, np.float32(level * 5) * CLIP, seed)
    assert result.dtype == np.float32 and result.ndim == 1 and len(result) > 0
    assert np.isfinite(result).all()
    assert np.abs(result).max() <= 1.0


LABELS = LabelSet(("neutral", "sad", "angry"))


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
    for config in DEFAULT_CHAIN:
        # Below about 5 dB listeners perceive other emotions: such clips need other labels.
        assert getattr(config, "minimum_snr_db", 5.0) >= 5.0
        assert config.probability <= 0.5
    assert isinstance(DEFAULT_CHAIN[-1], GainConfig)


def test_there_is_at_least_one_view() -> None:
    assert parse_config(PolicyConfig, {}).views is None
    assert parse_config(PolicyConfig, {"views": 8}).views == 8
    with pytest.raises(ConfigError, match="views: got 0"):
        parse_config(PolicyConfig, {"views": 0})
