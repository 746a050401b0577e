"""The group of processes that train one classifier, through torch alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
from torch import distributed

from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.distributed.devices import on_gpu

# Decoding a corpus, or running an encoder over it, may take one process hours while others wait. A
# process that has died is noticed at once all the same, by its lost connection.
_TIMEOUT = timedelta(days=2)


@contextmanager
def joined_group(
    config: TrainingConfig,
    *,
    rank: int,
    local_rank: int,
    world_size: int,
    store: distributed.Store | None = None,  # type: ignore[name-defined]
) -> Iterator[None]:
    """Join the other processes, and leave them at the end.

    Parameters
    ----------
    config : of the training, for the device.
    rank, local_rank : number of this process among all, and among those of this machine.
    world_size : number of processes.
    store : through which they find each other; None takes the variables of ``env://``.
    """
    if on_gpu(config.device):
        torch.cuda.set_device(local_rank)
    distributed.init_process_group(store=store, rank=rank, world_size=world_size, timeout=_TIMEOUT)
    try:
        yield
    finally:
        distributed.destroy_process_group()
