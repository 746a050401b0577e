from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from emotion_classifier.models.networks.config import AcntConfig


def test_more_poolings_than_blocks_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"poolings \(3\) is above"):
        AcntConfig(channels=(4, 8), poolings=3)


def test_linear_weights_are_normal() -> None:
    torch.manual_seed(0)
    weights = AcntConfig(channels=(16, 32)).build(40).projection.weight.detach()
    deviation = (2 / sum(weights.shape)) ** 0.5
    assert float(weights.std()) == pytest.approx(deviation, rel=0.05)
    assert (
        float(weights.abs().max()) > 2.5 * deviation
    )  # beyond the bound of a uniform distribution
