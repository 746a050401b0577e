"""The part of each batch that one of several processes gets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias, Union

from torch.utils.data import BatchSampler, Sampler

from emotion_classifier.training.data.length_batching import BucketBatchSampler, SortedBatchSampler

if TYPE_CHECKING:
    from emotion_classifier.training.data.dataset import Key

Batches: TypeAlias = Union[BatchSampler, BucketBatchSampler, SortedBatchSampler]  # noqa: UP007


class DistributedBatchSampler(Sampler[list["Key"]]):
    """Every batch dealt out clip by clip, so that the processes get clips of like lengths.

    Parameters
    ----------
    batches : of all processes together, the same in each.
    rank, world_size : of this process.
    equally : whether to leave out clips of which not every process gets one, as training must: a
        process without a clip could not take the step. In validation all are needed.
    """

    def __init__(self, batches: Batches, rank: int, world_size: int, *, equally: bool) -> None:
        self.batches = batches
        self.sampler = batches.sampler
        """Lightning finds it under this name and tells it the epoch."""
        self.rank, self.world_size = rank, world_size
        self.equally = equally

    def __len__(self) -> int:
        if self.equally:
            return len(self.batches)
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[list[Key]]:
        for batch in self.batches:
            size = self.world_size
            end = len(batch) // size * size if self.equally else len(batch)
            if mine := batch[self.rank : end : size]:
                yield mine  # type: ignore[misc] # torch's own are typed for numbers
