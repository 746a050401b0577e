"""A branch that classifies the speaker, so that the embedding learns not to (training only).

Ganin and Lempitsky, Unsupervised Domain Adaptation by Backpropagation, ICML 2015.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import nn
from torch.nn import functional as F

from emotion_classifier.config import StrictConfig
from emotion_classifier.errors import ConfigError


class AdversaryConfig(StrictConfig):
    """A branch that classifies the training speaker; its gradient reaches the network reversed."""

    weight: Annotated[float, Field(gt=0.0, le=10.0)] = 0.1
    """Factor of the reversed gradient at the end; it grows from zero over the training."""
    hidden: Annotated[int, Field(ge=1, le=65_536)] = 64
    """Values in the hidden layer of the branch."""

    def build(self, embedding_features: int, speakers: int, seed: int) -> SpeakerAdversary:
        """The branch for `speakers` with weights drawn from `seed`.

        Raises
        ------
        ConfigError
            There is a single speaker.
        """
        if speakers < 2:
            raise ConfigError(
                f"training.adversary: the training part has {speakers} speaker, there must be at "
                "least 2 to distinguish: add speakers, or set training.adversary: null"
            )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return SpeakerAdversary(
                embedding_features, speakers, weight=self.weight, hidden=self.hidden
            )


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
