"""Data loaders of the training and the validation part."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Protocol

from torch.utils.data import BatchSampler, DataLoader

from emotion_classifier.training.data.distributed_batches import Batches, DistributedBatchSampler
from emotion_classifier.training.data.items import Key
from emotion_classifier.training.data.length_batching import BucketBatchSampler, SortedBatchSampler
from emotion_classifier.training.data.samplers import SequentialSampler, ShuffledSampler
from emotion_classifier.training.sampling import Sampling


class BatchableDataset(Protocol):
    """A dataset of waveforms, or of a frozen encoder's hidden states."""

    seed: int

    def __len__(self) -> int:
        """Number of clips."""

    def length(self, key: Key) -> int:
        """Length of an item, in samples or frames."""

    def collate(self, items: list[Any]) -> Any:
        """Items as one batch."""


def training_loader(
    dataset: BatchableDataset,
    sampling: Sampling,
    batch_size: int,
    workers: int,
    epoch: int = 0,
    *,
    bucketed: bool = False,
    rank: int = 0,
    world_size: int = 1,
) -> DataLoader[Any]:
    """Shuffled batches of equal size from `epoch` on, without the rest that fills no batch.

    Parameters
    ----------
    dataset : the training part.
    sampling : draws the clips of an epoch.
    batch_size : clips of a step, over all processes.
    workers : processes that load clips.
    epoch : the first one.
    bucketed : whether the clips of a batch are of similar length.
    rank, world_size : of this process, which loads its part of each batch.
    """
    keys = ShuffledSampler(sampling, dataset.seed, epoch)
    batches: Batches = (
        BucketBatchSampler(keys, dataset.length, batch_size)
        if bucketed
        else BatchSampler(keys, batch_size, drop_last=len(sampling) > batch_size)  # type: ignore[arg-type] # typed for numbers
    )
    sampler = DistributedBatchSampler(batches, rank, world_size, drop_last=True)
    return _loader(dataset, workers, sampler)


def validation_loader(
    dataset: BatchableDataset,
    batch_size: int,
    workers: int,
    *,
    bucketed: bool = False,
    rank: int = 0,
    world_size: int = 1,
) -> DataLoader[Any]:
    """All clips, in order or, `bucketed`, with those of similar length in a batch."""
    keys = SequentialSampler(len(dataset))
    batches: Batches = (
        SortedBatchSampler(keys, dataset.length, batch_size)
        if bucketed
        else BatchSampler(keys, batch_size, drop_last=False)  # type: ignore[arg-type] # typed for numbers
    )
    sampler = DistributedBatchSampler(batches, rank, world_size, drop_last=False)
    return _loader(dataset, workers, sampler)


def _loader(
    dataset: BatchableDataset, workers: int, batches: DistributedBatchSampler
) -> DataLoader[Any]:
    return DataLoader(
        dataset,  # type: ignore[arg-type] # the items become batches in collate
        batch_sampler=batches,
        collate_fn=dataset.collate,
        num_workers=workers,
        persistent_workers=workers > 0,
        worker_init_fn=_ignore_lost_parent,
    )


def _ignore_lost_parent(worker: int) -> None:
    """Suppress a worker's traceback where the training process ends in mid-batch.

    The training process reports Ctrl-C itself; a thread of multiprocessing in the worker would print
    a traceback beside it.
    """
    default_hook = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, EOFError | OSError):
            default_hook(kind, error, trace)

    sys.excepthook = hook
