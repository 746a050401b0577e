"""Initial weights of the networks."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

LEAKY_SLOPE = 0.01


def initialise(
    network: nn.Module,
    *,
    linear: Callable[[torch.Tensor], torch.Tensor] = nn.init.xavier_uniform_,
) -> None:
    """Kaiming normal weights for convolutions, Xavier ones for linear layers.

    He et al., ICCV 2015; Glorot and Bengio, AISTATS 2010. Biases start at zero.

    Parameters
    ----------
    linear : sets the weights of a linear layer: Xavier uniform or normal.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, a=LEAKY_SLOPE, nonlinearity="leaky_relu")
        elif isinstance(module, nn.Linear):
            linear(module.weight)
        elif isinstance(module, nn.MultiheadAttention) and module.in_proj_weight is not None:
            linear(module.in_proj_weight)
        else:
            continue
        bias = getattr(module, "bias", None)
        if bias is not None:
            nn.init.zeros_(bias)
