"""A Transformer encoder over frames."""

from __future__ import annotations

import math

import torch
from torch import nn

from emotion_classifier.models.lengths import frame_mask


class FrameTransformer(nn.Module):
    """Self-attention over the frames of each clip, with sinusoidal positions.

    Vaswani et al., NeurIPS 2017, with the normalisation first (Xiong et al., ICML 2020).

    Parameters
    ----------
    width : features of a frame, divisible by `heads`.
    heads, layers : number of attention heads in a layer, and of layers.
    feedforward : units between the two layers of each block.
    dropout : share of units dropped in every layer while training.
    """

    def __init__(
        self, width: int, *, heads: int, layers: int, feedforward: int, dropout: float
    ) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            width,
            heads,
            dim_feedforward=feedforward,
            dropout=dropout,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.dropout = nn.Dropout(dropout)
        self.encoder = nn.TransformerEncoder(
            layer, layers, norm=nn.LayerNorm(width), enable_nested_tensor=False
        )

    def forward(self, sequences: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Encoded `sequences` (batch, frame, feature) with `lengths` valid frames."""
        positions = sinusoidal_positions(sequences.shape[1], sequences.shape[2], sequences.device)
        encoded: torch.Tensor = self.encoder(
            self.dropout(sequences + positions),
            src_key_padding_mask=~frame_mask(lengths, sequences.shape[1]),
        )
        return encoded


def sinusoidal_positions(frames: int, width: int, device: torch.device) -> torch.Tensor:
    """Sines in the first and cosines in the second half of `width`: (frame, feature)."""
    half = (width + 1) // 2
    rates = torch.exp(torch.arange(half, device=device) * (-math.log(10_000.0) / half))
    angles = torch.arange(frames, device=device)[:, None] * rates[None, :]
    return torch.cat([angles.sin(), angles.cos()], 1)[:, :width]
