"""Lightning's trainer, as the settings want it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Literal

import lightning
import torch
from lightning.pytorch.callbacks import Callback

from emotion_classifier.progress import Report
from emotion_classifier.runs.history import higher_is_better
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.checkpoints.files import AtomicCheckpoints
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.distributed.devices import on_gpu
from emotion_classifier.training.distributed.launch import GroupSettings
from emotion_classifier.training.logging.callbacks import (
    EpochCheckpoints,
    EpochProgress,
    ExactEarlyStopping,
    HistoryWriter,
)

Precision = Literal["32-true", "bf16-mixed"]


def make_trainer(
    config: TrainingConfig,
    folder: RunFolder,
    report: Report,
    records: Sequence[Callback],
    group: GroupSettings,
) -> lightning.Trainer:
    """Lightning's trainer of a run, quiet: what it tells comes from the callbacks.

    Parameters
    ----------
    records : callbacks that write besides history and checkpoints.
    group : the processes that train together.
    """
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    gpu = on_gpu(config.device)
    callbacks: list[Callback] = [EpochProgress(report), HistoryWriter(folder.history)]
    if config.early_stopping is not None:
        callbacks.append(
            ExactEarlyStopping(
                f"validation_{config.monitor}",
                patience=config.early_stopping.patience,
                mode="max" if higher_is_better(config.monitor) else "min",
            )
        )
    precision: Precision = "bf16-mixed" if takes_bf16(config) else "32-true"
    return lightning.Trainer(
        accelerator="cuda" if gpu else "cpu",
        devices=group.devices,
        num_nodes=group.nodes,
        strategy=group.strategy,
        sync_batchnorm=group.sync_batchnorm,
        use_distributed_sampler=False,
        precision=precision,
        max_epochs=config.epochs,
        gradient_clip_val=config.gradient_clip,
        callbacks=[*callbacks, *records, _epoch_checkpoints(folder, config)],
        logger=False,
        plugins=[AtomicCheckpoints(), *group.plugins],
        deterministic=not gpu,
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def takes_bf16(config: TrainingConfig) -> bool:
    """Whether the network of a run is computed in bfloat16."""
    if config.precision == "auto":
        return bf16_is_fast(gpu=on_gpu(config.device))
    return config.precision == "bf16"


def bf16_is_fast(*, gpu: bool = False) -> bool:
    """Whether the processor, or the GPU, has instructions for bfloat16."""
    if gpu:
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    features = torch.cpu.get_capabilities()
    return bool(features.get("avx512_bf16") or features.get("amx_bf16") or features.get("bf16"))


def _epoch_checkpoints(folder: RunFolder, config: TrainingConfig) -> EpochCheckpoints:
    averaged = config.average_best if config.keep == "average" else 0
    return EpochCheckpoints(folder.checkpoints, config.monitor, averaged)
