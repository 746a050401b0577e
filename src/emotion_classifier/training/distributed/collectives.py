"""Several processes that train one classifier together: which one this is, and what all know.

Everything here works in a single process too, where there is nothing to exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import fmean
from typing import NamedTuple, TypeVar

import torch
from torch import distributed, nn

from emotion_classifier.errors import EmotionClassifierError

T = TypeVar("T")


class Share(NamedTuple):
    """The place of a process among those that train together.

    Parameters
    ----------
    rank : its number; the first is 0, the one that writes.
    size : how many there are.
    """

    rank: int
    size: int


ALONE = Share(0, 1)


def share() -> Share:
    """The place of this process; the only one where no group was joined."""
    if distributed.is_available() and distributed.is_initialized():
        return Share(distributed.get_rank(), distributed.get_world_size())
    return ALONE


def gathered(value: T) -> list[T]:
    """The `value` of every process, in their order; each waits here for all."""
    size = share().size
    if size == 1:
        return [value]
    values: list[T | None] = [None] * size
    distributed.all_gather_object(values, value)
    return values  # type: ignore[return-value] # every place was filled


def mean_of_all(value: float) -> float:
    """The mean over the processes, the same in each to the last bit."""
    return fmean(gathered(value))


def rows_of_all(rows: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
    """Tensors (row, …) with the rows of every process, those of the first process first."""
    if share().size == 1:
        return rows
    parts = gathered(tuple(tensor.cpu() for tensor in rows))
    return tuple(
        torch.cat(column).to(own.device)
        for own, column in zip(rows, zip(*parts, strict=True), strict=True)
    )


def from_first(make: Callable[[], T]) -> T:
    """What `make` gives in the first process, or raises there, in every process."""
    outcome: T | EmotionClassifierError | None = None
    if share().rank == 0:
        try:
            outcome = make()
        except EmotionClassifierError as error:
            outcome = error
    outcome = gathered(outcome)[0]
    if isinstance(outcome, EmotionClassifierError):
        raise outcome
    return outcome  # type: ignore[return-value] # the first process has set it


@contextmanager
def first_goes_first() -> Iterator[None]:
    """Let the first process through the block, then the others: they find what it has cached."""
    is_first = share().rank == 0
    if not is_first:
        gathered(None)
    try:
        yield
    finally:
        if is_first:
            gathered(None)


def average_running_statistics(module: nn.Module) -> None:
    """Give the batch normalisations in every process the mean of all running statistics."""
    size = share().size
    if size == 1:
        return
    for layer in module.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            for statistics in (layer.running_mean, layer.running_var):
                assert statistics is not None
                distributed.all_reduce(statistics)
                statistics /= size
