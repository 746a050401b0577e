from __future__ import annotations

import torch

from emotion_classifier.models.pooling.attention import AttentionPooling


def test_is_between_the_smallest_and_the_largest_frame() -> None:
    torch.manual_seed(0)
    sequences = torch.randn(2, 6, 3)
    found = AttentionPooling(3, hidden=4)(sequences, torch.tensor([6, 2]))
    for row, frames in zip(found, (sequences[0], sequences[1, :2]), strict=True):
        assert (row >= frames.amin(0)).all() and (row <= frames.amax(0)).all()


def test_equal_frames_have_equal_weights() -> None:
    frame = torch.randn(3)
    found = AttentionPooling(3, hidden=4)(frame.expand(1, 5, 3), torch.tensor([4]))
    torch.testing.assert_close(found, frame[None])


def test_attends_to_the_frame_of_the_highest_score() -> None:
    pooling = AttentionPooling(2, hidden=1)
    pooling.score.load_state_dict(
        {
            "0.weight": torch.tensor([[1.0, 0.0]]),
            "0.bias": torch.zeros(1),
            "2.weight": torch.tensor([[200.0]]),
        }
    )
    sequences = torch.tensor([[[-1.0, 1.0], [1.0, 2.0], [-1.0, 3.0]]])
    torch.testing.assert_close(pooling(sequences, torch.tensor([3])), torch.tensor([[1.0, 2.0]]))
