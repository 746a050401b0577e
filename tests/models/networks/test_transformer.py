from __future__ import annotations

import pytest
import torch

from emotion_classifier.models.networks.transformer import FrameTransformer, sinusoidal_positions


def test_positions_are_sines_and_cosines_of_falling_rates() -> None:
    positions = sinusoidal_positions(50, 8, torch.device("cpu"))
    assert positions.shape == (50, 8)
    time = torch.arange(50.0)
    torch.testing.assert_close(positions[:, 0], time.sin())
    torch.testing.assert_close(positions[:, 4], time.cos())
    torch.testing.assert_close(positions[:, 3], (time * 10_000 ** (-3 / 4)).sin())


def test_positions_of_an_odd_width_fit() -> None:
    assert sinusoidal_positions(4, 7, torch.device("cpu")).shape == (4, 7)


@pytest.mark.parametrize("order", [[2, 0, 1], [1, 2, 0]])
def test_output_depends_on_the_order_of_frames(order: list[int]) -> None:
    torch.manual_seed(0)
    network = FrameTransformer(8, heads=2, layers=1, feedforward=16, dropout=0.0).eval()
    frames = torch.randn(1, 3, 8)
    lengths = torch.tensor([3])
    with torch.no_grad():
        straight, shuffled = network(frames, lengths), network(frames[:, order], lengths)
    assert (straight[:, order] - shuffled).abs().max() > 1e-3
