"""Rank, world size and exchange between the processes that train one classifier together.

Everything works in a single process too, where there is nothing to exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import fmean
from typing import TypeVar

import torch
from torch import distributed, nn

from emotion_classifier.errors import EmotionClassifierError

T = TypeVar("T")


def get_rank() -> int:
    """Number of this process among those that train together; 0 is the one that writes."""
    return distributed.get_rank() if _is_initialized() else 0


def get_world_size() -> int:
    """Number of processes that train together; 1 where no group was joined."""
    return distributed.get_world_size() if _is_initialized() else 1


def all_gather(value: T) -> list[T]:
    """The `value` of every process, by rank; each process waits here for all."""
    if get_world_size() == 1:
        return [value]
    values: list[T | None] = [None] * get_world_size()
    distributed.all_gather_object(values, value)
    return values  # type: ignore[return-value] # every place was filled


def mean_over_ranks(value: float) -> float:
    """The mean over all processes, bit for bit the same in each."""
    return fmean(all_gather(value))


def gather_rows(rows: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
    """Tensors (row, …) with the rows of all processes, by rank."""
    if get_world_size() == 1:
        return rows
    parts = all_gather(tuple(tensor.cpu() for tensor in rows))
    return tuple(
        torch.cat(column).to(own.device)
        for own, column in zip(rows, zip(*parts, strict=True), strict=True)
    )


def broadcast(make: Callable[[], T]) -> T:
    """The result of `make` in process 0, or the error that it raises there, in every process."""
    outcome: T | EmotionClassifierError | None = None
    if get_rank() == 0:
        try:
            outcome = make()
        except EmotionClassifierError as error:
            outcome = error
    outcome = all_gather(outcome)[0]
    if isinstance(outcome, EmotionClassifierError):
        raise outcome
    return outcome  # type: ignore[return-value] # process 0 has set it


@contextmanager
def rank_zero_first() -> Iterator[None]:
    """Run the block in process 0, then in the others, which find its cache entries."""
    if get_rank() > 0:
        all_gather(None)
    try:
        yield
    finally:
        if get_rank() == 0:
            all_gather(None)


def average_running_statistics(module: nn.Module) -> None:
    """Set the running statistics of batch normalisation to their mean over all processes."""
    if get_world_size() == 1:
        return
    for layer in module.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            for statistics in (layer.running_mean, layer.running_var):
                assert statistics is not None
                distributed.all_reduce(statistics)
                statistics /= get_world_size()


def _is_initialized() -> bool:
    return distributed.is_available() and distributed.is_initialized()
