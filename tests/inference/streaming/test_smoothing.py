from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.inference.streaming.smoothing import (
    ExponentialSmoothing,
    ExponentialSmoothingConfig,
    MeanSmoothing,
    MeanSmoothingConfig,
    Smoothing,
)

WINDOWS = np.random.default_rng(0).dirichlet([1.0, 1.0, 1.0], 10).astype(np.float32)


def test_the_exponential_mean_weighs_what_was_before_ever_less() -> None:
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
