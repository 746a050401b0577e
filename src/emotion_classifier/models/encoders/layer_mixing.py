"""The layers of an encoder that are used, and one sequence of them: their average, or side by side."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn

from emotion_classifier.errors import ConfigError

LayerChoice = Literal["last", "weighted"] | tuple[int, ...]


def chosen_layers(choice: LayerChoice, count: int) -> tuple[int, ...]:
    """The numbers of the layers of `choice` in an encoder of `count` transformer layers.

    Layer 0 is the input of the first transformer layer, `count` the output of the last.

    Raises
    ------
    ConfigError
        The encoder has fewer layers.
    """
    if choice == "last":
        return (count,)
    if choice == "weighted":
        return tuple(range(count + 1))
    assert not isinstance(choice, str)
    if max(choice) > count:
        raise ConfigError(
            f"model.frontend.layers: there is no layer {max(choice)}: this encoder has the layers "
            f"0 (input of the first) to {count} (output of the last)"
        )
    return choice


class LayerMixing(nn.Module):
    """The average over layers with learned weights, equal at first.

    Parameters
    ----------
    layers : number of layers; a single one has no weight.
    """

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.scores = nn.Parameter(torch.zeros(layers)) if layers > 1 else None

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Averages (batch, frame, feature) of `states` (batch, layer, frame, feature)."""
        if self.scores is None:
            return states[:, 0]
        weights = self.scores.float().softmax(0).to(states.dtype)
        return torch.einsum("l,blft->bft", weights, states)


class LayerConcatenation(nn.Module):
    """The layers side by side: each keeps features of its own."""

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """(batch, frame, layer * feature) of `states` (batch, layer, frame, feature)."""
        return states.transpose(1, 2).flatten(2)
