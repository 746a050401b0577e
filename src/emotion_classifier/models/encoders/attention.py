"""Attention of the transformer layers, as two matrix products where torch's kernel trains slowly.

In bfloat16 on processors the backward pass of torch's kernel takes four times as long as that of the
products, for clips of 150 frames with six heads of 64 values.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as F

_MOST_FRAMES = 512
"""Frames up to which the weights of all pairs of frames are kept for the backward pass."""


def attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Values (batch, frame, head, feature), and None for the weights, as transformers calls it.

    Parameters
    ----------
    module : transformers' attention.
    query, key, value : (batch, head, frame, feature).
    mask : (batch, 1, 1, frame) bool, false where a frame is not attended to; None for all frames.
    dropout : share of the weights.
    scaling : of the products; None divides by the square root of the features.
    """
    if is_slow(query):
        found = by_products(query, key, value, mask, dropout, scaling)
    else:
        found = F.scaled_dot_product_attention(query, key, value, mask, dropout, scale=scaling)
    return found.transpose(1, 2).contiguous(), None


def is_slow(query: torch.Tensor) -> bool:
    """Whether the backward pass of torch's attention takes several times that of the products.

    It does in bfloat16 on processors. It is used for long clips all the same, as its memory does not
    grow with the square of the frames.
    """
    is_trained = query.requires_grad and torch.is_grad_enabled()
    is_bf16 = query.device.type == "cpu" and query.dtype == torch.bfloat16
    return is_trained and is_bf16 and query.shape[2] <= _MOST_FRAMES


def by_products(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    dropout: float,
    scaling: float | None,
) -> torch.Tensor:
    """Values (batch, head, frame, feature); parameters as in `attention`."""
    if scaling is None:
        scaling = query.shape[-1] ** -0.5
    scores = (query * scaling if scaling != 1.0 else query) @ key.transpose(2, 3)
    if mask is not None:
        scores = scores + torch.zeros_like(mask, dtype=query.dtype).masked_fill(
            ~mask, float("-inf")
        )
    return F.dropout(scores.softmax(-1), dropout) @ value
