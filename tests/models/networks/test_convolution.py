from __future__ import annotations

import pytest
import torch

from emotion_classifier.models.networks.convolution import ConvolutionStack


@pytest.mark.parametrize("frames", [8, 9, 15, 16, 100])
def test_every_block_halves_frames_and_bins(frames: int) -> None:
    stack = ConvolutionStack(40, channels=(4, 8, 16), dropout=0.0).eval()
    assert (stack.minimum_frames, stack.output_features) == (8, 16 * 5)
    with torch.no_grad():
        sequences, lengths = stack(torch.randn(2, frames, 40), torch.tensor([frames, 8]))
    assert sequences.shape == (2, frames // 8, 80)
    assert lengths.tolist() == [frames // 8, 1]


def test_the_last_blocks_halve_where_there_are_fewer_poolings() -> None:
    stack = ConvolutionStack(40, channels=(2, 4, 8, 16), dropout=0.0, poolings=3).eval()
    assert (stack.minimum_frames, stack.output_features) == (8, 16 * 5)
    with torch.no_grad():
        sequences, lengths = stack(torch.randn(1, 174, 40), torch.tensor([174]))
    assert sequences.shape == (1, 21, 16 * 5)
    assert lengths.tolist() == [21]


def test_drops_whole_channels() -> None:
    torch.manual_seed(0)
    stack = ConvolutionStack(8, channels=(64,), dropout=0.5)
    sequences, _ = stack(torch.randn(1, 20, 8), torch.tensor([20]))
    channels = sequences.view(1, 10, 64, 4)
    dropped = (channels == 0).all(3).all(1)
    assert 16 < int(dropped.sum()) < 48
