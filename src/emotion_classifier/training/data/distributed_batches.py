"""The part of each batch that one of several processes loads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, Union

from torch.utils.data import BatchSampler, Sampler

from emotion_classifier.training.data.items import Key
from emotion_classifier.training.data.length_batching import BucketBatchSampler, SortedBatchSampler

Batches: TypeAlias = Union[BatchSampler, BucketBatchSampler, SortedBatchSampler]  # noqa: UP007


class DistributedBatchSampler(Sampler[list[Key]]):
    """Every n-th key of each batch, so that all processes get clips of similar lengths.

    Parameters
    ----------
    batches : of all processes together, the same in each.
    rank, world_size : of this process.
    drop_last : whether to leave out keys at the end of a batch that not every process gets, as
        training must: a process without a clip could not take the step. Validation needs all.
    """

    def __init__(self, batches: Batches, rank: int, world_size: int, *, drop_last: bool) -> None:
        self.batches = batches
        self.sampler = batches.sampler
        """Lightning looks for this name to set the epoch."""
        self.rank, self.world_size = rank, world_size
        self.drop_last = drop_last

    def __len__(self) -> int:
        if self.drop_last:
            return len(self.batches)
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[list[Key]]:
        for batch in self.batches:
            rest = len(batch) % self.world_size if self.drop_last else 0
            if own := batch[self.rank : len(batch) - rest : self.world_size]:
                yield own  # type: ignore[misc] # torch's own are typed for numbers
