"""Lightning's trainer for the settings of a run."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import lightning
import torch
import torch.utils.deterministic
from lightning.pytorch.callbacks import Callback

from emotion_classifier.training.checkpoints.files import AtomicCheckpoints
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.distributed.devices import on_gpu
from emotion_classifier.training.distributed.launch import GroupSettings


def make_trainer(
    config: TrainingConfig, callbacks: Sequence[Callback], group: GroupSettings
) -> lightning.Trainer:
    """Lightning's trainer of a run, which itself prints nothing.

    Parameters
    ----------
    callbacks : progress, checkpoints and other files.
    group : the processes that train together.
    """
    # Deterministic algorithms would write every new tensor twice: a twentieth of a training step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined] # set by a property of the module
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return lightning.Trainer(
        **_silent(config),
        devices=group.devices,
        num_nodes=group.nodes,
        strategy=group.strategy,
        sync_batchnorm=group.sync_batchnorm,
        use_distributed_sampler=False,
        max_epochs=config.epochs,
        gradient_clip_val=config.gradient_clip,
        callbacks=[*callbacks],
        plugins=[AtomicCheckpoints(), *group.plugins],
        deterministic=not on_gpu(config.device),
        num_sanity_val_steps=0,
    )


def make_validator(config: TrainingConfig) -> lightning.Trainer:
    """Lightning's trainer for a validation in this process alone."""
    return lightning.Trainer(**_silent(config), devices=1, enable_checkpointing=False)


def _silent(config: TrainingConfig) -> dict[str, Any]:
    return {
        "accelerator": "cuda" if on_gpu(config.device) else "cpu",
        "precision": "bf16-mixed" if takes_bf16(config) else "32-true",
        "logger": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }


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
