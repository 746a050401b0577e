"""Poolings, from frames to one vector: one per file, each exact under padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch


class Pooling(Protocol):
    """A module from frames (batch, frame, feature) and lengths (batch,) to (batch, pooled feature)."""

    output_features: int

    def __call__(self, sequences: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Vectors (batch, `output_features`) of `sequences` with `lengths` valid frames."""


PoolingFactory = Callable[[int], Pooling]
"""Builds a pooling for frames of so many features, such as `AttentionPoolingConfig().build`."""
