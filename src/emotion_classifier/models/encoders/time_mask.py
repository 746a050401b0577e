"""Masks over time, SpecAugment as in the pretraining of speech encoders."""

from __future__ import annotations

import torch

SPAN_FRAMES = 10
"""Frames of a span, as in the pretraining of Wav2Vec2, HuBERT and WavLM."""


def time_mask(frames: torch.Tensor, width: int, share: float) -> torch.Tensor:
    """Mask (batch, frame) bool, true for masked frames.

    About `share` of each clip's frames are masked in spans of `SPAN_FRAMES`, which may overlap; in a
    clip shorter than a span none are.

    Parameters
    ----------
    frames : (batch,) int64, frames of each clip.
    width : frames of the batch.
    share : of the frames to mask, in [0, 1].
    """
    device = frames.device
    most = int(share * width / SPAN_FRAMES) + 1
    wanted = share * frames / SPAN_FRAMES + torch.rand(len(frames), device=device)
    spans = torch.where(frames >= SPAN_FRAMES, wanted.floor(), 0.0)
    room = (frames - SPAN_FRAMES + 1).clamp(min=1)
    starts = (torch.rand(len(frames), most, device=device) * room[:, None]).long()
    starts = torch.where(torch.arange(most, device=device) < spans[:, None], starts, width)
    masked = starts[:, :, None] + torch.arange(SPAN_FRAMES, device=device)
    mask = torch.zeros(len(frames), width + SPAN_FRAMES, dtype=torch.bool, device=device)
    return mask.scatter_(1, masked.flatten(1), True)[:, :width]
