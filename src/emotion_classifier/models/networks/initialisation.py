"""Initial weights of the networks."""

from __future__ import annotations

from torch import nn

LEAKY_SLOPE = 0.01


def initialise(network: nn.Module) -> None:
    """Kaiming normal weights for convolutions, Xavier uniform ones for linear layers.

    He et al., ICCV 2015; Glorot and Bengio, AISTATS 2010. Biases start at zero.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, a=LEAKY_SLOPE, nonlinearity="leaky_relu")
        elif isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
        elif isinstance(module, nn.MultiheadAttention) and module.in_proj_weight is not None:
            nn.init.xavier_uniform_(module.in_proj_weight)
        else:
            continue
        bias = getattr(module, "bias", None)
        if bias is not None:
            nn.init.zeros_(bias)
