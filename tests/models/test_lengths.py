from __future__ import annotations

import torch

from emotion_classifier.models.lengths import frame_mask, zero_map_padding, zero_padding

LENGTHS = torch.tensor([3, 1, 0])


def test_mask_is_true_inside_each_clip() -> None:
    assert frame_mask(LENGTHS, 4).tolist() == [
        [True, True, True, False],
        [True, False, False, False],
        [False, False, False, False],
    ]


def test_a_clip_may_fill_the_batch() -> None:
    assert frame_mask(torch.tensor([2, 9]), 2).all()


def test_sequences_are_zero_behind_the_end_whatever_stood_there() -> None:
    sequences = torch.full((3, 4, 2), 5.0)
    sequences[0, 3] = torch.nan
    found = zero_padding(sequences, LENGTHS)
    assert found[:, :, 0].tolist() == [[5, 5, 5, 0], [5, 0, 0, 0], [0, 0, 0, 0]]
    assert torch.equal(found[:, :, 0], found[:, :, 1])


def test_maps_are_zero_behind_the_end_in_every_channel_and_bin() -> None:
    found = zero_map_padding(torch.full((3, 2, 4, 5), torch.inf), LENGTHS)
    assert torch.isinf(found).sum((1, 3)).tolist() == [[10, 10, 10, 0], [10, 0, 0, 0], [0] * 4]
    assert (found[~torch.isinf(found)] == 0).all()


def test_maps_keep_the_channels_last_layout() -> None:
    # In another layout every operation behind it is slow: half of a training step.
    maps = torch.ones(3, 2, 4, 5).to(memory_format=torch.channels_last).requires_grad_()
    found = zero_map_padding(maps, LENGTHS)
    assert found.is_contiguous(memory_format=torch.channels_last)
