"""WavLM's attention with torch's fast kernels and with adapters around its projections."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F


def use_fast_attention(model: nn.Module) -> None:
    """Replace each attention of a WavLM in `model` with `attend`; other models need it not.

    Transformers' WavLM computes the attention weights of all heads, which are not used here, and
    takes the matrices out of its projections, so that an adapter around one (LoRA) has no effect.
    """
    for module in model.modules():
        if hasattr(module, "gru_rel_pos_linear"):
            module.torch_multi_head_self_attention = partial(attend, module)  # type: ignore[assignment]


def attend(
    attention: Any,
    hidden: torch.Tensor,
    mask: torch.Tensor | None,
    position_bias: torch.Tensor,
) -> tuple[torch.Tensor, None]:
    """The output (batch, frame, feature) of a WavLM attention, and None for its weights.

    Parameters
    ----------
    attention : transformers' module.
    hidden : (batch, frame, feature).
    mask : (batch, 1, 1, frame) bool; None for all.
    position_bias : (batch · head, frame, frame).
    """
    batch, frames, features = hidden.shape

    def by_head(projection: Any) -> torch.Tensor:
        projected: torch.Tensor = projection(hidden)
        return projected.view(batch, frames, attention.num_heads, -1).transpose(1, 2)

    query, key, value = map(by_head, (attention.q_proj, attention.k_proj, attention.v_proj))
    bias = position_bias.view(batch, attention.num_heads, frames, frames)
    if mask is not None:
        bias = bias.masked_fill(~mask, float("-inf"))
    dropout = attention.dropout if attention.training else 0.0
    output = F.scaled_dot_product_attention(query, key, value, bias.to(query.dtype), dropout)
    # Always a copy: the strides that a kernel returns need not be those of an exported graph.
    joined = output.transpose(1, 2).clone(memory_format=torch.contiguous_format)
    return attention.out_proj(joined.view(batch, frames, features)), None
