"""Batches of clips of about the same length, so that little of a batch is padding.

An encoder's time goes with the padded length. Networks from scratch take clips in the order they
were drawn, as their published results did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from torch.utils.data import Sampler

if TYPE_CHECKING:
    from emotion_classifier.training.data.dataset import Key, SequentialSampler, ShuffledSampler

Places = npt.NDArray[np.int64]

# Share of a batch that may be padding. Clips are sorted among those of a few batches, so that which
# clips meet changes from epoch to epoch; of as many more as lengths of a wide spread need.
_PADDING = 0.04
_FEWEST_BATCHES = 4


def bucketed(
    lengths: npt.NDArray[np.int64], batch_size: int, generator: np.random.Generator
) -> list[Places]:
    """Batches of equal size and of similar lengths, in random order; fewer clips are one batch.

    Parameters
    ----------
    lengths : (clip,) of clips in random order; those at the end that fill no batch are left out.
    batch_size : clips in a batch.
    generator : decides the order of the batches.

    Returns
    -------
    Places in `lengths` (clip,) of each batch.
    """
    count = max(1, len(lengths) // batch_size)
    kept = lengths[: count * batch_size]
    together = _FEWEST_BATCHES
    batches = _sorted_within(kept, batch_size, count // together)
    while together < count and padding_share(lengths, batches) > _PADDING:
        together *= 2
        batches = _sorted_within(kept, batch_size, count // together)
    return [batches[place] for place in generator.permutation(len(batches))]


def padding_share(lengths: npt.NDArray[np.int64], batches: Sequence[Places]) -> float:
    """Share of all batches that belongs to no clip."""
    padded = sum(len(batch) * int(lengths[batch].max()) for batch in batches)
    return 1.0 - sum(int(lengths[batch].sum()) for batch in batches) / padded


def _sorted_within(lengths: npt.NDArray[np.int64], batch_size: int, pools: int) -> list[Places]:
    """Batches of clips that were sorted within each of `pools` equal runs of batches."""
    count = -(-len(lengths) // batch_size)
    starts = np.arange(1, pools) * count // max(1, pools) * batch_size
    batches: list[Places] = []
    for pool in np.split(np.arange(len(lengths)), starts):
        by_length = pool[np.argsort(lengths[pool], kind="stable")]
        batches += np.split(by_length, range(batch_size, len(by_length), batch_size))
    return batches


class BucketBatchSampler(Sampler[list["Key"]]):
    """The batches of one epoch, which depend on seed, epoch and lengths only.

    Parameters
    ----------
    sampler : draws the epoch's keys; Lightning finds it under this name and tells it the epoch.
    length : of what a key stands for.
    batch_size : clips in a batch; what fills none comes in another epoch.
    """

    def __init__(
        self, sampler: ShuffledSampler, length: Callable[[Key], int], batch_size: int
    ) -> None:
        self.sampler = sampler
        self.length = length
        self.batch_size = batch_size

    def __len__(self) -> int:
        return max(1, len(self.sampler) // self.batch_size)

    def __iter__(self) -> Iterator[list[Key]]:
        keys = list(self.sampler)
        lengths = np.array([self.length(key) for key in keys], dtype=np.int64)
        # 1: the sampler has drawn the clips from (seed, epoch).
        generator = np.random.default_rng((self.sampler.seed, self.sampler.epoch, 1))
        for places in bucketed(lengths, self.batch_size, generator):
            yield [keys[place] for place in places]


class SortedBatchSampler(Sampler[list["Key"]]):
    """All clips, the longest first: what does not fit into memory is told at once.

    Parameters
    ----------
    sampler : the keys of all clips.
    length : of what a key stands for.
    batch_size : clips in a batch; the last has what is left.
    """

    def __init__(
        self, sampler: SequentialSampler, length: Callable[[Key], int], batch_size: int
    ) -> None:
        self.sampler = sampler
        self.length = length
        self.batch_size = batch_size

    def __len__(self) -> int:
        return -(-len(self.sampler) // self.batch_size)

    def __iter__(self) -> Iterator[list[Key]]:
        keys = sorted(self.sampler, key=self.length, reverse=True)
        for start in range(0, len(keys), self.batch_size):
            yield keys[start : start + self.batch_size]
