"""A branch that classifies the speaker, so that the embedding learns not to (training only).

Ganin and Lempitsky, Unsupervised Domain Adaptation by Backpropagation, ICML 2015.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F


class SpeakerAdversary(nn.Module):
    """Speaker logits from the embedding, with the gradient reversed on its way back.

    Parameters
    ----------
    embedding_features : values of the embedding.
    speakers : number of training speakers.
    weight, hidden : as in `AdversaryConfig`.
    """

    def __init__(
        self, embedding_features: int, speakers: int, *, weight: float, hidden: int
    ) -> None:
        super().__init__()
        self.speakers = speakers
        self.weight = weight
        self.hidden = nn.Linear(embedding_features, hidden)
        self.output = nn.Linear(hidden, speakers)

    def forward(self, embeddings: torch.Tensor, progress: float) -> torch.Tensor:
        """Logits (batch, speaker) in float32 of `embeddings` (batch, embedding).

        Parameters
        ----------
        embeddings : receive the gradient times minus the weight, which warms up.
        progress : fraction of the training, 0 to 1.
        """
        reversed_embeddings = reverse_gradient(embeddings, self.weight * warm_up(progress))
        logits: torch.Tensor = self.output(F.relu(self.hidden(reversed_embeddings)))
        return logits.float()


def warm_up(progress: float) -> float:
    """The factor from 0 to 1 of the weight at a `progress` from 0 to 1 (the paper's schedule)."""
    return math.tanh(5.0 * progress)


def reverse_gradient(values: torch.Tensor, factor: float) -> torch.Tensor:
    """`values`, whose gradient is multiplied by minus `factor`."""
    reversed_values: torch.Tensor = _Reversal.apply(values, factor)  # type: ignore[no-untyped-call]
    return reversed_values


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: torch.Tensor, factor: float) -> torch.Tensor:
        ctx.factor = factor
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        return -ctx.factor * gradients[0], None
