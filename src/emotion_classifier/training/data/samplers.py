"""Samplers of the keys of one epoch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from torch.utils.data import Sampler

from emotion_classifier.training.data.items import Key
from emotion_classifier.training.sampling import Sampling


class ShuffledSampler(Sampler[Key]):
    """The keys of one epoch, which depend on seed and epoch only.

    Parameters
    ----------
    sampling : draws the clips of an epoch.
    seed : of the run.
    epoch : the first one. Workers fetch its first clips before Lightning sets the epoch.
    """

    def __init__(self, sampling: Sampling, seed: int, epoch: int = 0) -> None:
        self.sampling = sampling
        self.seed = seed
        self.epoch = epoch

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.sampling)

    def __iter__(self) -> Iterator[Key]:
        drawn = self.sampling.draw(np.random.default_rng((self.seed, self.epoch)))
        repeats = Counter[int]()
        for clip in drawn.tolist():
            yield Key(self.epoch, clip, repeats[clip])
            repeats[clip] += 1


class SequentialSampler(Sampler[Key]):
    """The keys of all clips in order, nothing random.

    Parameters
    ----------
    size : number of clips.
    """

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Key]:
        return (Key(-1, index) for index in range(self.size))
