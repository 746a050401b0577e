from __future__ import annotations

import torch

from emotion_classifier.models.lengths import (
    frame_mask,
    hold_last_frame,
    reverse,
    zero_map_padding,
    zero_padding,
)

LENGTHS = torch.tensor([3, 1, 0])


def test_mask_is_true_inside_each_clip() -> None:
    assert frame_mask(LENGTHS, 4).tolist() == [
        [True, True, True, False],
        [True, False, False, False],
        [False, False, False, False],
    ]


def test_mask_of_a_clip_as_long_as_the_batch() -> None:
    assert frame_mask(torch.tensor([2, 9]), 2).all()


def test_zero_padding_replaces_any_value() -> None:
    sequences = torch.full((3, 4, 2), 5.0)
    sequences[0, 3] = torch.nan
    found = zero_padding(sequences, LENGTHS)
    assert found[:, :, 0].tolist() == [[5, 5, 5, 0], [5, 0, 0, 0], [0, 0, 0, 0]]
    assert torch.equal(found[:, :, 0], found[:, :, 1])


def test_zero_map_padding_replaces_every_channel_and_bin() -> None:
    found = zero_map_padding(torch.full((3, 2, 4, 5), torch.inf), LENGTHS)
    assert torch.isinf(found).sum((1, 3)).tolist() == [[10, 10, 10, 0], [10, 0, 0, 0], [0] * 4]
    assert (found[~torch.isinf(found)] == 0).all()


def test_zero_map_padding_keeps_the_channels_last_layout() -> None:
    # In another layout every following operation is slow: half of a training step.
    maps = torch.ones(3, 2, 4, 5).to(memory_format=torch.channels_last).requires_grad_()
    found = zero_map_padding(maps, LENGTHS)
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_hold_last_frame_repeats_the_last_valid_frame() -> None:
    sequences = torch.arange(8.0).reshape(2, 4, 1)
    held = hold_last_frame(sequences, torch.tensor([2, 4]))
    assert held[:, :, 0].tolist() == [[0.0, 1.0, 1.0, 1.0], [4.0, 5.0, 6.0, 7.0]]


def test_reverse_does_not_move_padding() -> None:
    sequences = torch.arange(8.0).reshape(2, 4, 1)
    lengths = torch.tensor([3, 4])
    turned = reverse(sequences, lengths)
    assert turned[:, :, 0].tolist() == [[2.0, 1.0, 0.0, 3.0], [7.0, 6.0, 5.0, 4.0]]
    assert torch.equal(reverse(turned, lengths), sequences)
