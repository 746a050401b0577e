from __future__ import annotations

import torch

from emotion_classifier.models.pooling.statistics import StatisticsPooling


def test_is_mean_and_deviation_of_the_valid_frames() -> None:
    sequences = 5.0 + torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(0))
    found = StatisticsPooling(3)(sequences, torch.tensor([6, 2]))
    for row, frames in zip(found, (sequences[0], sequences[1, :2]), strict=True):
        torch.testing.assert_close(row[:3], frames.mean(0))
        torch.testing.assert_close(
            row[3:], frames.std(0, correction=0), atol=1.1e-3, rtol=1e-4
        )  # a floor of 1e-3


def test_constant_frames_have_a_finite_gradient() -> None:
    sequences = torch.ones(1, 4, 3, requires_grad=True)
    StatisticsPooling(3)(sequences, torch.tensor([4])).sum().backward()
    assert sequences.grad is not None and torch.isfinite(sequences.grad).all()
