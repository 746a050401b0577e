"""Batches of clips of similar length, so that little of a batch is padding.

The time of an encoder is proportional to the padded length. Networks from scratch take clips in the
order they were drawn, as their published results did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from torch.utils.data import Sampler

from emotion_classifier.training.data.items import Key
from emotion_classifier.training.data.samplers import SequentialSampler, ShuffledSampler

Positions = npt.NDArray[np.int64]

# Highest proportion of padding. Clips are sorted within pools of a few batches, so that the clips of
# a batch change from epoch to epoch; pools grow where lengths vary widely.
_PADDING = 0.04
_FEWEST_BATCHES = 4


def bucketed(
    lengths: npt.NDArray[np.int64], batch_size: int, generator: np.random.Generator
) -> list[Positions]:
    """Batches of equal size and of similar lengths, in random order; fewer clips are one batch.

    Parameters
    ----------
    lengths : (clip,) of clips in random order; the rest that fills no batch is left out.
    batch_size : clips in a batch.
    generator : decides the order of the batches.

    Returns
    -------
    Positions in `lengths` (clip,) of each batch.
    """
    count = max(1, len(lengths) // batch_size)
    used = lengths[: count * batch_size]
    pool = _FEWEST_BATCHES
    batches = _sorted_within(used, batch_size, count // pool)
    while pool < count and padding_proportion(lengths, batches) > _PADDING:
        pool *= 2
        batches = _sorted_within(used, batch_size, count // pool)
    return [batches[index] for index in generator.permutation(len(batches))]


def padding_proportion(lengths: npt.NDArray[np.int64], batches: Sequence[Positions]) -> float:
    """Proportion, 0 to 1, of all batches that is padding."""
    padded = sum(len(batch) * int(lengths[batch].max()) for batch in batches)
    return 1.0 - sum(int(lengths[batch].sum()) for batch in batches) / padded


def _sorted_within(lengths: npt.NDArray[np.int64], batch_size: int, pools: int) -> list[Positions]:
    """Batches of clips sorted by length within each of `pools` equal runs of batches."""
    count = -(-len(lengths) // batch_size)
    starts = np.arange(1, pools) * count // max(1, pools) * batch_size
    batches: list[Positions] = []
    for pool in np.split(np.arange(len(lengths)), starts):
        by_length = pool[np.argsort(lengths[pool], kind="stable")]
        batches += np.split(by_length, range(batch_size, len(by_length), batch_size))
    return batches


class BucketBatchSampler(Sampler[list[Key]]):
    """The batches of one epoch, which depend on seed, epoch and lengths only.

    Parameters
    ----------
    sampler : draws the epoch's keys; Lightning looks for this name to set the epoch.
    length : function from a key to the length of its item.
    batch_size : clips in a batch; the rest that fills none is left out.
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
        for positions in bucketed(lengths, self.batch_size, generator):
            yield [keys[position] for position in positions]


class SortedBatchSampler(Sampler[list[Key]]):
    """All clips, the longest first, so that a lack of memory shows in the first batch.

    Parameters
    ----------
    sampler : the keys of all clips.
    length : function from a key to the length of its item.
    batch_size : clips in a batch; the last batch has the rest.
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
