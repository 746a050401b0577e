"""WavLM's attention through torch's fast kernels, and through the projections themselves."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F


def use_fast_attention(model: nn.Module) -> None:
    """Let each attention of a WavLM in `model` work through `attend`; others have it already.

    Transformers' WavLM keeps the weights of all heads, which nobody reads, and takes the matrices
    out of its projections: an adapter around one (LoRA) would be trained without being heard.
    """
    for module in model.modules():
        if hasattr(module, "gru_rel_pos_linear"):
            module.torch_multi_head_self_attention = partial(attend, module)  # type: ignore[assignment]


def attend(
    attention: Any,
    hidden: torch.Tensor,
    attended: torch.Tensor | None,
    position_bias: torch.Tensor,
) -> tuple[torch.Tensor, None]:
    """The answer (batch, frame, feature) of a WavLM attention, and no weights.

    Parameters
    ----------
    attention : transformers' module.
    hidden : (batch, frame, feature).
    attended : (batch, 1, 1, frame) bool; None for all.
    position_bias : (batch · head, frame, frame).
    """
    batch, frames, features = hidden.shape

    def by_head(projection: Any) -> torch.Tensor:
        projected: torch.Tensor = projection(hidden)
        return projected.view(batch, frames, attention.num_heads, -1).transpose(1, 2)

    query, key, value = map(by_head, (attention.q_proj, attention.k_proj, attention.v_proj))
    bias = position_bias.view(batch, attention.num_heads, frames, frames)
    if attended is not None:
        bias = bias.masked_fill(~attended, float("-inf"))
    dropout = attention.dropout if attention.training else 0.0
    heard = F.scaled_dot_product_attention(query, key, value, bias.to(query.dtype), dropout)
    # A copy in any case: what a kernel's strides allow here need not hold in an exported graph.
    beside = heard.transpose(1, 2).clone(memory_format=torch.contiguous_format)
    return attention.out_proj(beside.view(batch, frames, features)), None
