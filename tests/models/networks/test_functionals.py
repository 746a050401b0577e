from __future__ import annotations

import numpy as np
import scipy.stats
import torch

from emotion_classifier.models.networks.functionals import FUNCTIONALS, functionals


def test_equals_scipy_and_numpy() -> None:
    values = torch.randn(1, 101, 3, generator=torch.Generator().manual_seed(0)) * 2.0 + 1.0
    found = functionals(values, torch.tensor([101])).numpy().reshape(FUNCTIONALS, 3)
    clip = values[0].numpy()
    skewness = scipy.stats.skew(clip, axis=0)
    changes = np.diff(clip, axis=0)
    expected = [
        clip.mean(0),
        clip.std(0),
        np.sign(skewness) * np.log1p(np.abs(skewness)),
        np.log1p(scipy.stats.kurtosis(clip, axis=0, fisher=False)),
        *np.percentile(clip, [1, 10, 25, 50, 75, 90, 99], axis=0),
    ]
    assert np.abs(found[:11] - np.stack(expected)).max() < 1e-3
    expected = [np.abs(changes).mean(0), np.sqrt((changes**2).mean(0)), (changes > 0).mean(0)]
    assert np.abs(found[13:] - np.stack(expected)).max() < 1e-3


def test_trend_distinguishes_rise_fall_and_peak() -> None:
    time = torch.linspace(-1.0, 1.0, 201)
    clip = torch.stack([time, -time, 1.5 * time.square() - 0.5], 1)[None]
    rows = functionals(clip, torch.tensor([201])).reshape(FUNCTIONALS, 3)
    assert (rows[11] - torch.tensor([1.0, -1.0, 0.0])).abs().max() < 0.03
    assert (rows[12] - torch.tensor([0.0, 0.0, 1.0])).abs().max() < 0.03


def test_a_single_frame_is_finite() -> None:
    assert torch.isfinite(functionals(torch.ones(1, 1, 2), torch.tensor([1]))).all()
