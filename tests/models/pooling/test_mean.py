from __future__ import annotations

import torch

from emotion_classifier.models.pooling.mean import MeanPooling


def test_is_the_mean_of_the_valid_frames() -> None:
    sequences = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(0))
    found = MeanPooling(3)(sequences, torch.tensor([6, 2]))
    torch.testing.assert_close(found[0], sequences[0].mean(0))
    torch.testing.assert_close(found[1], sequences[1, :2].mean(0))
