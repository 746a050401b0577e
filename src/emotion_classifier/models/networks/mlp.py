"""MLP: pooling over time and fully connected layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import nn
from torch.nn import functional as F

from emotion_classifier.models.networks.functionals import FUNCTIONALS, functionals
from emotion_classifier.models.networks.initialisation import initialise
from emotion_classifier.models.pooling import PoolingFactory


class RunningNormalisation(nn.BatchNorm1d):
    """Normalisation by the running mean and variance, while training too.

    Batches of clips of similar length often come from one corpus. Normalised by their own statistics
    the corpora would look alike in training, and only there.
    """

    running_mean: torch.Tensor
    running_var: torch.Tensor
    num_batches_tracked: torch.Tensor

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Normalised `input` (batch, feature), of which training updates the statistics."""
        if self.training:
            self._update(input.detach().float())
        return F.batch_norm(
            input, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
        )

    @torch.no_grad()
    def _update(self, values: torch.Tensor) -> None:
        """The statistics over all batches so far, of late ones if there were more than 1,000."""
        self.num_batches_tracked += 1
        share = (1.0 / self.num_batches_tracked.float()).clamp(min=1e-3)
        change = values.mean(0) - self.running_mean
        self.running_mean += share * change
        within = values.var(0, unbiased=False)
        self.running_var.mul_(1.0 - share).add_(share * (within + (1.0 - share) * change.square()))


class Mlp(nn.Module):
    """One vector of each clip, normalised over the training batches, and fully connected layers.

    Parameters
    ----------
    features : values in a frame.
    pooling : builds the pooling for frames of so many features; None takes `functionals`.
    hidden, dropout : as in `MlpConfig`.
    normalisation : of the vector: by the statistics of the batch, or by running ones.
    """

    def __init__(
        self,
        features: int,
        *,
        pooling: PoolingFactory | None,
        hidden: Sequence[int],
        dropout: float,
        normalisation: Literal["batch", "running"] = "batch",
    ) -> None:
        super().__init__()
        self.pooling = None if pooling is None else pooling(features)
        pooled = features * FUNCTIONALS if self.pooling is None else self.pooling.output_features
        widths = (pooled, *hidden)
        kind = RunningNormalisation if normalisation == "running" else nn.BatchNorm1d
        self.normalisation = kind(widths[0])
        layers: list[nn.Module] = []
        for inputs, outputs in zip(widths, hidden, strict=False):
            layers += [nn.Dropout(dropout), nn.Linear(inputs, outputs), nn.GELU()]
        self.layers = nn.Sequential(*layers)
        self.minimum_frames = 2 if self.pooling is None else 1
        self.embedding_features = widths[-1]
        initialise(self)

    def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Embeddings (batch, embedding) of `features` (batch, frame, feature)."""
        pool = functionals if self.pooling is None else self.pooling
        embeddings: torch.Tensor = self.layers(self.normalisation(pool(features, lengths)))
        return embeddings
