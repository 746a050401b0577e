"""Device and number of processes of a training."""

from __future__ import annotations

from typing import Literal

import torch

from emotion_classifier.errors import ConfigError
from emotion_classifier.training.config import TrainingConfig


def on_gpu(device: Literal["auto", "cpu", "gpu"]) -> bool:
    """Whether a GPU trains.

    Raises
    ------
    ConfigError
        The settings require a GPU, and there is none.
    """
    if device == "gpu" and not torch.cuda.is_available():
        raise ConfigError(
            "training.device: gpu, but torch sees no GPU here: install a torch with CUDA and a "
            "driver, or set training.device: auto"
        )
    return device != "cpu" and torch.cuda.is_available()


def processes_here(config: TrainingConfig) -> int:
    """Number of processes that train on this machine, on GPUs one for each.

    Raises
    ------
    ConfigError
        There are fewer GPUs, or the batch size is no multiple of the number of processes.
    """
    gpus = torch.cuda.device_count() if on_gpu(config.device) else None
    if config.devices == "auto":
        processes = 1 if gpus is None else gpus
    elif gpus is not None and config.devices > gpus:
        raise ConfigError(
            f"training.devices: {config.devices}, but torch sees {gpus} GPU{'s'[: gpus != 1]} here: "
            f"set it to {gpus} or less"
        )
    else:
        processes = config.devices
    _require_equal_batches(config.batch_size, processes * config.nodes)
    return processes


def _require_equal_batches(batch_size: int, processes: int) -> None:
    if batch_size % processes:
        least = -(-batch_size // processes) * processes
        raise ConfigError(
            f"training.batch_size: {batch_size} clips cannot be divided equally among {processes} "
            f"processes (training.devices times training.nodes): set it to {least}, or train with "
            "another number of processes"
        )
