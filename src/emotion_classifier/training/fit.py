"""Train a classifier, from fresh weights or from where a run stopped."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import TensorBoardLogger
from rich.console import Console

from emotion_classifier.errors import ConfigError, storage_errors
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.training.allocator import keep_freed_memory
from emotion_classifier.training.callbacks import (
    EpochCheckpoints,
    EpochProgress,
    ExactEarlyStopping,
    HistoryWriter,
)
from emotion_classifier.training.checkpoints import BEST, LAST, AtomicCheckpoints
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.dataset import ClipDataset, training_loader, validation_loader
from emotion_classifier.training.losses import class_weights
from emotion_classifier.training.module import ClassifierModule
from emotion_classifier.training.run_folder import RunFolder

Precision = Literal["32-true", "bf16-mixed"]


@dataclass(frozen=True)
class Fitted:
    """A trained classifier.

    Parameters
    ----------
    classifier : with the weights of its best epoch.
    best_epoch : the first is 1.
    validation_uar : of that epoch.
    """

    classifier: EmotionClassifier
    best_epoch: int
    validation_uar: float


def fit(
    classifier: EmotionClassifier,
    training: ClipDataset,
    validation: ClipDataset,
    config: TrainingConfig,
    *,
    folder: RunFolder,
    console: Console,
) -> Fitted:
    """Train until the last epoch and return the best one by the validation part.

    A run that was interrupted goes on from its last whole epoch; on one kind of processor with the
    same number of threads it ends in bit for bit the weights of an uninterrupted one.

    Parameters
    ----------
    classifier : with fresh weights and fitted standardisation; its weights are replaced.
    training, validation : disjoint in speakers.
    folder : where checkpoints, history and TensorBoard events go.
    console : for the progress.
    """
    emotions = classifier.head.output.out_features
    module = ClassifierModule(
        classifier.to(memory_format=torch.channels_last),  # type: ignore[call-overload]
        config.schedule.build(config.epochs),
        class_weights(training.targets, emotions, config.class_weights),
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        label_smoothing=config.label_smoothing,
        monitor=config.monitor,
        seed=training.seed,
    )
    if not folder.trained.exists():
        _run(module, training, validation, config, folder, console)
        folder.trained.touch()
    return _best(classifier, folder.checkpoints)


def bf16_is_fast(*, gpu: bool = False) -> bool:
    """Whether the processor, or the GPU, has instructions for bfloat16."""
    if gpu:
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    features = torch.cpu.get_capabilities()
    return bool(features.get("avx512_bf16") or features.get("amx_bf16") or features.get("bf16"))


def _run(
    module: ClassifierModule,
    training: ClipDataset,
    validation: ClipDataset,
    config: TrainingConfig,
    folder: RunFolder,
    console: Console,
) -> None:
    keep_freed_memory()
    last = folder.checkpoints / f"{LAST}.ckpt"
    remedy = "Free some space and continue with `emotion train --resume`."
    with warnings.catch_warnings(), storage_errors(folder.path, remedy), _errors_told_once():
        # Lightning's advice (more workers, fewer log steps) does not hold for cached clips.
        warnings.filterwarnings("ignore", module="lightning")
        trainer = _trainer(config, folder, console)
        try:
            trainer.fit(
                module,
                training_loader(training, config.batch_size, config.workers, _epochs_done(last)),
                validation_loader(validation, config.batch_size, config.workers),
                ckpt_path=last if last.exists() else None,
                weights_only=True,
            )
        except SystemExit:  # which Lightning makes of Ctrl-C
            raise KeyboardInterrupt from None


@contextmanager
def _errors_told_once() -> Iterator[None]:
    """TensorBoard's thread hands an error on the disk to the main thread, and prints it as well."""
    usual = threading.excepthook

    def hook(arguments: threading.ExceptHookArgs) -> None:
        if not isinstance(arguments.exc_value, OSError):
            usual(arguments)

    threading.excepthook = hook
    try:
        yield
    finally:
        threading.excepthook = usual


def _epochs_done(checkpoint: Path) -> int:
    """Whole epochs before a checkpoint; none where it does not exist."""
    if not checkpoint.exists():
        return 0
    return len(torch.load(checkpoint, weights_only=True, map_location="cpu")["history"])


def _trainer(config: TrainingConfig, folder: RunFolder, console: Console) -> lightning.Trainer:
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    gpu = _on_gpu(config.device)
    bf16 = config.precision == "bf16" or (config.precision == "auto" and bf16_is_fast(gpu=gpu))
    callbacks: list[Callback] = [EpochProgress(console), HistoryWriter(folder.history)]
    if config.early_stopping is not None:
        callbacks.append(
            ExactEarlyStopping(
                f"validation_{config.monitor}",
                patience=config.early_stopping.patience,
                mode="max" if config.monitor == "uar" else "min",
            )
        )
    precision: Precision = "bf16-mixed" if bf16 else "32-true"
    return lightning.Trainer(
        accelerator="cuda" if gpu else "cpu",
        devices=1,
        precision=precision,
        max_epochs=config.epochs,
        gradient_clip_val=config.gradient_clip,
        callbacks=[*callbacks, EpochCheckpoints(folder.checkpoints, config.monitor)],
        logger=TensorBoardLogger(folder.path, name="", version="tensorboard"),
        plugins=[AtomicCheckpoints()],
        deterministic=not gpu,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def _on_gpu(device: Literal["auto", "cpu", "gpu"]) -> bool:
    if device == "gpu" and not torch.cuda.is_available():
        raise ConfigError(
            "training.device: gpu, but torch sees no GPU here: install a torch with CUDA and a "
            "driver, or set training.device: auto"
        )
    return device != "cpu" and torch.cuda.is_available()


def _best(classifier: EmotionClassifier, checkpoints: Path) -> Fitted:
    checkpoint = torch.load(checkpoints / f"{BEST}.ckpt", weights_only=True, map_location="cpu")
    prefix = "classifier."
    classifier.load_state_dict(
        {
            name.removeprefix(prefix): value
            for name, value in checkpoint["state_dict"].items()
            if name.startswith(prefix)
        }
    )
    epoch, *_ = checkpoint["history"][-1]
    return Fitted(classifier.eval(), epoch, checkpoint["history"][-1][3])
