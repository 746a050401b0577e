"""Lengths and masks, so that padding never changes a result."""

from __future__ import annotations

import torch


def frame_mask(lengths: torch.Tensor, frames: int) -> torch.Tensor:
    """Mask that is true where a frame belongs to its clip.

    Parameters
    ----------
    lengths : (batch,) int64, valid frames of each clip.
    frames : of the padded batch.

    Returns
    -------
    (batch, frame) bool
    """
    return torch.arange(frames, device=lengths.device)[None, :] < lengths[:, None]


def zero_padding(sequences: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """`sequences` (batch, frame, feature) with their padding set to zero."""
    return sequences.masked_fill(~frame_mask(lengths, sequences.shape[1])[:, :, None], 0.0)


def zero_map_padding(maps: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """`maps` (batch, channel, frame, feature) with their padding set to zero.

    A convolution reads past the last frame of a clip, where an unpadded clip is extended with zeros.
    (`masked_fill` would undo the channels-last layout, and double the time of a training step.)
    """
    return torch.where(frame_mask(lengths, maps.shape[2])[:, None, :, None], maps, 0.0)


def hold_last_frame(sequences: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """`sequences` (batch, frame, feature) with each clip's last frame repeated as padding."""
    frames = torch.arange(sequences.shape[1], device=lengths.device)[None, :]
    indices = torch.minimum(frames, lengths[:, None] - 1)
    return sequences.gather(1, indices[:, :, None].expand_as(sequences))


def reverse(sequences: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """`sequences` (batch, frame, feature), each clip reversed in time; the padding stays in place."""
    frames = torch.arange(sequences.shape[1], device=lengths.device)[None, :]
    last = lengths[:, None] - 1
    indices = torch.where(frames <= last, last - frames, frames)
    return sequences.gather(1, indices[:, :, None].expand_as(sequences))
