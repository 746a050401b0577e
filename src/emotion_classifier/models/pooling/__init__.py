"""Poolings, from frames to one vector: one per file, each exact under padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Protocol

import torch
from pydantic import Field

from emotion_classifier.models.pooling.attention import AttentionPooling, AttentionPoolingConfig
from emotion_classifier.models.pooling.mean import MeanPooling, MeanPoolingConfig
from emotion_classifier.models.pooling.statistics import StatisticsPooling, StatisticsPoolingConfig

PoolingConfig = Annotated[
    MeanPoolingConfig | StatisticsPoolingConfig | AttentionPoolingConfig,
    Field(discriminator="kind"),
]


class Pooling(Protocol):
    """A module from frames (batch, frame, feature) and lengths (batch,) to (batch, pooled feature)."""

    output_features: int

    def __call__(self, sequences: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Vectors (batch, `output_features`) of `sequences` with `lengths` valid frames."""


PoolingFactory = Callable[[int], Pooling]
"""Builds a pooling for frames of so many features, such as `AttentionPoolingConfig().build`."""

__all__ = [
    "AttentionPooling",
    "AttentionPoolingConfig",
    "MeanPooling",
    "MeanPoolingConfig",
    "Pooling",
    "PoolingConfig",
    "PoolingFactory",
    "StatisticsPooling",
    "StatisticsPoolingConfig",
]
