from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.inference.streaming.smoothing import (
    ExponentialSmoothing,
    ExponentialSmoothingConfig,
    MeanSmoothing,
    MeanSmoothingConfig,
    RunningMean,
    Smoothing,
)

WINDOWS = np.random.default_rng(0).dirichlet([1.0, 1.0, 1.0], 10).astype(np.float32)


def test_the_exponential_mean_weighs_earlier_windows_less() -> None:
    smoothing = ExponentialSmoothing(0.25)
    smoothed = [smoothing.update(one) for one in WINDOWS]
    np.testing.assert_array_equal(smoothed[0], WINDOWS[0])
    weights = 0.25 * 0.75 ** np.arange(9, -1, -1)
    weights[0] *= 4.0
    np.testing.assert_allclose(smoothed[-1], weights @ WINDOWS, atol=1e-6)


def test_the_mean_is_of_the_last_windows() -> None:
    smoothing = MeanSmoothing(3)
    smoothed = [smoothing.update(one) for one in WINDOWS]
    np.testing.assert_allclose(smoothed[1], WINDOWS[:2].mean(0), atol=1e-6)
    np.testing.assert_allclose(smoothed[-1], WINDOWS[-3:].mean(0), atol=1e-6)


@pytest.mark.parametrize(
    "config",
    [
        ExponentialSmoothingConfig(),
        ExponentialSmoothingConfig(newest_share=1.0),
        MeanSmoothingConfig(),
        MeanSmoothingConfig(windows=1),
    ],
)
def test_smoothed_probabilities_are_probabilities(
    config: ExponentialSmoothingConfig | MeanSmoothingConfig,
) -> None:
    first: Smoothing = config.build()
    for one in WINDOWS:
        smoothed = first.update(one)
        assert smoothed.dtype == np.float32 and smoothed.sum() == pytest.approx(1.0)
    np.testing.assert_array_equal(config.build().update(WINDOWS[3]), WINDOWS[3])  # its own state


def test_none_is_a_special_case_of_both() -> None:
    for smoothing in (ExponentialSmoothing(1.0), MeanSmoothing(1)):
        for one in WINDOWS:
            np.testing.assert_allclose(smoothing.update(one), one, atol=1e-7)


SAD, GLAD = np.eye(2, dtype=np.float32)


def test_windows_weigh_by_their_speech() -> None:
    for windows in (2, 5, None):
        tone = RunningMean(2, windows)
        tone.add(SAD, 0.2, 5.0)
        tone.add(GLAD, 0.6, 5.0)
        mean = tone.mean()
        assert mean is not None
        np.testing.assert_allclose(mean.probabilities, [0.25, 0.75], atol=1e-6)
        assert mean.speech_share == pytest.approx(0.4)


def test_windows_without_weight_only_add_time() -> None:
    rolling, whole = RunningMean(2, 3), RunningMean(2, None)
    for tone in (rolling, whole):
        assert tone.mean() is None
        tone.add(SAD, 0.5, 5.0)
        tone.add(None, 0.0, 5.0)
        tone.add(None, 0.05, 5.0)
        mean = tone.mean()
        assert mean is not None and mean.speech_share == pytest.approx(0.5)
        tone.add(None, 0.0, 5.0)
    assert rolling.mean() is None
    mean = whole.mean()
    assert mean is not None
    np.testing.assert_array_equal(mean.probabilities, SAD)


def test_merged_means_are_the_mean_of_all_windows() -> None:
    first, second, together = (RunningMean(2, None) for _ in range(3))
    for tone, probabilities, share in ((first, SAD, 0.2), (second, GLAD, 0.6)):
        tone.add(probabilities, share, 5.0)
        together.add(probabilities, share, 5.0)
    first.merge(RunningMean(2, None))
    first.merge(second)
    found, expected = first.mean(), together.mean()
    assert found is not None and expected is not None
    np.testing.assert_allclose(found.probabilities, expected.probabilities)
    assert found.speech_share == pytest.approx(expected.speech_share)


def test_old_windows_leave_the_rolling_tone_only() -> None:
    rolling, whole = RunningMean(2, 10), RunningMean(2, None)
    for index in range(40):
        for tone in (rolling, whole):
            tone.add(SAD if index < 30 else GLAD, 1.0, 5.0)
    found = [tone.mean() for tone in (rolling, whole)]
    assert found[0] is not None and found[1] is not None
    np.testing.assert_allclose(found[0].probabilities, GLAD)
    np.testing.assert_allclose(found[1].probabilities, [0.75, 0.25])
    assert len(whole._terms) == 1 and len(rolling._terms) == 10
