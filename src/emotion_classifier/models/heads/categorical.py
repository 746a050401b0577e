"""Logits of each emotion."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

_ACTIVATIONS: dict[str, type[nn.Module]] = {"gelu": nn.GELU, "leaky_relu": nn.LeakyReLU}


class CategoricalHead(nn.Module):
    """Dropout, an optional hidden layer, and one logit for each emotion.

    Parameters
    ----------
    features : of the embedding.
    emotions : number of logits.
    hidden, activation, dropout : as in `CategoricalHeadConfig`.
    """

    def __init__(
        self, features: int, emotions: int, *, hidden: int, activation: str, dropout: float
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Dropout(dropout)]
        if hidden:
            layers += [nn.Linear(features, hidden), _ACTIVATIONS[activation](), nn.Dropout(dropout)]
        self.layers = nn.Sequential(*layers)
        self.output = nn.Linear(hidden or features, emotions)

    def set_prior(self, shares: Sequence[float]) -> None:
        """Start the output bias at the logarithm of each emotion's share of the training clips.

        An untrained network then predicts the prior instead of the uniform distribution, which
        saves the first epochs of training (Lin et al., ICCV 2017, for rare classes).
        """
        with torch.no_grad():
            self.output.bias.copy_(torch.tensor(shares).log())

    def forward(self, embeddings: torch.Tensor) -> torch.Tensor:
        """Logits (batch, emotion) of `embeddings` (batch, feature)."""
        logits: torch.Tensor = self.output(self.layers(embeddings))
        return logits
