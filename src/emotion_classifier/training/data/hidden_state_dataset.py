"""Clips as a frozen encoder's hidden states, from the cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch.utils.data import Dataset

from emotion_classifier.audio.array_cache import CachedArray
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.items import Key


class HiddenStateBatch(NamedTuple):
    """Clips of one step.

    Parameters
    ----------
    hidden_states : (batch, layer, frame, feature) float16, zeros behind each clip's end; float32
        where a clip has values that 16 bits cannot hold.
    lengths : (batch,) int64, in frames.
    targets, speakers, clips : as in `ClipBatch`.
    """

    hidden_states: torch.Tensor
    lengths: torch.Tensor
    targets: torch.Tensor
    speakers: torch.Tensor
    clips: torch.Tensor


class HiddenStateItem(NamedTuple):
    """The cached hidden states of a clip, and its variant."""

    cached: CachedArray
    variant: Key


class HiddenStateDataset(Dataset[HiddenStateItem]):
    """Clips of which every variant that an epoch may hold is in the cache.

    Parameters
    ----------
    clips : with their targets, speakers and variants.
    cached : variant → its hidden states.
    """

    def __init__(self, clips: ClipDataset, cached: Mapping[Key, CachedArray]) -> None:
        self.clips = clips
        self.cached = dict(cached)
        self.seed = clips.seed

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, key: Key) -> HiddenStateItem:
        variant = self.clips.variant(key)
        return HiddenStateItem(self.cached[variant], variant)

    def length(self, key: Key) -> int:
        """Frames of an item."""
        return self.cached[self.clips.variant(key)].shape[1]

    def collate(self, items: list[HiddenStateItem]) -> HiddenStateBatch:
        """Items as one batch, read from the disk."""
        cached = [item.cached for item in items]
        layers, _, features = cached[0].shape
        frames = [one.shape[1] for one in cached]
        dtype = np.result_type(*(one.dtype for one in cached))
        padded = np.zeros((len(items), layers, max(frames), features), dtype)
        for row, one in zip(padded, cached, strict=True):
            row[:, : one.shape[1]] = one.load()
        return HiddenStateBatch(
            torch.from_numpy(padded),
            torch.tensor(frames),
            *self.clips.labels([item.variant for item in items]),
        )
