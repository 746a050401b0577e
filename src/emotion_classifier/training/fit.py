"""Train a classifier, from fresh weights or from where a run stopped."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from rich.console import Console
from torch.utils.tensorboard import SummaryWriter

from emotion_classifier.errors import ConfigError, storage_errors
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.training.adversary import SpeakerAdversary
from emotion_classifier.training.allocator import keep_freed_memory
from emotion_classifier.training.balancing import Sampling, group_indices
from emotion_classifier.training.callbacks import (
    ConfusionWriter,
    EpochCheckpoints,
    EpochProgress,
    ExactEarlyStopping,
    HistoryWriter,
)
from emotion_classifier.training.checkpoints import BEST, LAST, AtomicCheckpoints
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.confusions import read_confusions, write_animation
from emotion_classifier.training.dataset import ClipDataset, training_loader, validation_loader
from emotion_classifier.training.events import event_writer
from emotion_classifier.training.history import EpochRow
from emotion_classifier.training.losses import CrossEntropy, class_weights
from emotion_classifier.training.module import ClassifierModule
from emotion_classifier.training.run_folder import RunFolder
from emotion_classifier.training.tensorboard import EmbeddingFiles, FigureEvents, ScoreEvents

Precision = Literal["32-true", "bf16-mixed"]


@dataclass(frozen=True)
class Fitted:
    """A trained classifier.

    Parameters
    ----------
    classifier : with the weights of the epoch that was kept.
    best_epoch : that epoch; the first is 1.
    validation_uar : of that epoch; None where there was no validation.
    """

    classifier: EmotionClassifier
    best_epoch: int
    validation_uar: float | None


def fit(
    classifier: EmotionClassifier,
    training: ClipDataset,
    validation: ClipDataset | None,
    config: TrainingConfig,
    *,
    emotions: Sequence[str],
    folder: RunFolder,
    console: Console,
    speaker_statistics: torch.Tensor | None = None,
) -> Fitted:
    """Train until the last epoch and return the one to keep, by default the best in validation.

    A run that was interrupted goes on from its last whole epoch; on one kind of processor with the
    same number of threads it ends in bit for bit the weights of an uninterrupted one.

    Parameters
    ----------
    classifier : with fresh weights and fitted standardisation; its weights are replaced.
    training, validation : disjoint in speakers. Without validation the last epoch is kept, and
        TensorBoard shows nothing.
    emotions : names of the classes, in their order.
    folder : where checkpoints, history and TensorBoard events go.
    console : for the progress.
    speaker_statistics : (speaker, 2, feature) mean and deviation of the features of each speaker,
        in the datasets' order of them; None where the standardisation needs none.

    Raises
    ------
    ConfigError
        A device that is not there, an adversary of a single speaker, or settings that need a
        validation part where there is none.
    """
    if validation is None:
        require_last_epoch(config)
    sampling = _sampling(training, config)
    module = ClassifierModule(
        classifier.to(memory_format=torch.channels_last),  # type: ignore[call-overload]
        config.schedule.build(config.epochs),
        _loss(training, sampling, config),
        mixing=config.mixing.build() if config.mixing is not None else None,
        adversary=_adversary(classifier, training, config),
        speaker_statistics=speaker_statistics,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        monitor=config.monitor,
        seed=training.seed,
    )
    if not folder.trained.exists():
        _run(module, training, sampling, validation, emotions, config, folder, console)
        if validation is not None:
            write_animation(folder.animation, emotions, read_confusions(folder.confusions))
        folder.trained.touch()
    return _kept(classifier, folder.checkpoints / f"{BEST if config.keep == 'best' else LAST}.ckpt")


def require_last_epoch(config: TrainingConfig) -> None:
    """Raise `ConfigError` where settings ask for what only a validation part can tell."""
    if config.keep == "last" and config.early_stopping is None and config.schedule.kind == "cosine":
        return
    raise ConfigError(
        "without a validation part nothing tells which epoch is the best: set training.keep: last, "
        "training.early_stopping: null and training.schedule: {kind: cosine}"
    )


def bf16_is_fast(*, gpu: bool = False) -> bool:
    """Whether the processor, or the GPU, has instructions for bfloat16."""
    if gpu:
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    features = torch.cpu.get_capabilities()
    return bool(features.get("avx512_bf16") or features.get("amx_bf16") or features.get("bf16"))


def _sampling(training: ClipDataset, config: TrainingConfig) -> Sampling:
    properties = {
        "emotion": training.targets.argmax(1).tolist(),
        "speaker": training.speakers,
        "corpus": training.corpora,
    }
    chosen = (properties[key] for key in config.sampling.balance)
    return config.sampling.build(group_indices(len(training), *chosen))


def _loss(training: ClipDataset, sampling: Sampling, config: TrainingConfig) -> CrossEntropy:
    """The loss for the emotions as often as an epoch holds them."""
    counts = torch.from_numpy((sampling.expected @ training.targets).astype(np.float32))
    weights = class_weights(counts, config.class_weights)
    return config.loss.build(counts, weights, config.label_smoothing)


def _adversary(
    classifier: EmotionClassifier, training: ClipDataset, config: TrainingConfig
) -> SpeakerAdversary | None:
    if config.adversary is None:
        return None
    embedding = int(classifier.network.embedding_features)  # type: ignore[arg-type]
    return config.adversary.build(embedding, len(set(training.speakers)), training.seed)


def _run(
    module: ClassifierModule,
    training: ClipDataset,
    sampling: Sampling,
    validation: ClipDataset | None,
    emotions: Sequence[str],
    config: TrainingConfig,
    folder: RunFolder,
    console: Console,
) -> None:
    keep_freed_memory()
    last = folder.checkpoints / f"{LAST}.ckpt"
    done = _epochs_done(last)
    remedy = "Free some space and continue with `emotion train --resume`."
    with warnings.catch_warnings(), storage_errors(folder.path, remedy):
        # Lightning's advice (more workers, fewer log steps) does not hold for cached clips.
        warnings.filterwarnings("ignore", module="lightning")
        # An epoch that was cut off comes again, without what it had written.
        with event_writer(folder.tensorboard, first_epoch=done + 1) as writer:
            records: list[Callback] = []
            if validation is not None:
                pictures = _pictures(config, writer, emotions, training, validation)
                records = [
                    ConfusionWriter(folder.confusions, emotions),
                    *pictures,
                    ScoreEvents(writer, emotions),
                ]
            trainer = _trainer(config, folder, console, records)
            try:
                trainer.fit(
                    module,
                    training_loader(training, sampling, config.batch_size, config.workers, done),
                    validation_loader(validation, config.batch_size, config.workers)
                    if validation is not None
                    else None,
                    ckpt_path=last if last.exists() else None,
                    weights_only=True,
                )
            except SystemExit:  # which Lightning makes of Ctrl-C
                raise KeyboardInterrupt from None


def _pictures(
    config: TrainingConfig,
    writer: SummaryWriter,
    emotions: Sequence[str],
    training: ClipDataset,
    validation: ClipDataset,
) -> list[Callback]:
    """What TensorBoard shows beside the scores."""
    if config.tensorboard is None:
        return []
    every_epochs, clips = config.tensorboard.every_epochs, config.tensorboard.clips
    drawn = FigureEvents(writer, emotions, training, every_epochs=every_epochs, clips=clips)
    if not config.tensorboard.embeddings:
        return [drawn]
    folder = Path(writer.log_dir)
    return [drawn, EmbeddingFiles(folder, emotions, validation, config.monitor)]


def _epochs_done(checkpoint: Path) -> int:
    """Whole epochs before a checkpoint; none where it does not exist."""
    if not checkpoint.exists():
        return 0
    return len(torch.load(checkpoint, weights_only=True, map_location="cpu")["history"])


def _trainer(
    config: TrainingConfig, folder: RunFolder, console: Console, records: Sequence[Callback]
) -> lightning.Trainer:
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
        callbacks=[*callbacks, *records, EpochCheckpoints(folder.checkpoints, config.monitor)],
        logger=False,
        plugins=[AtomicCheckpoints()],
        deterministic=not gpu,
        num_sanity_val_steps=0,
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


def _kept(classifier: EmotionClassifier, path: Path) -> Fitted:
    """The classifier with the weights of a checkpoint."""
    checkpoint = torch.load(path, weights_only=True, map_location="cpu")
    prefix = "classifier."
    classifier.load_state_dict(
        {
            name.removeprefix(prefix): value
            for name, value in checkpoint["state_dict"].items()
            if name.startswith(prefix)
        }
    )
    row = EpochRow(*checkpoint["history"][-1])
    validated = None if math.isnan(row.validation_uar) else row.validation_uar
    return Fitted(classifier.eval(), row.epoch, validated)
