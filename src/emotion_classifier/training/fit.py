"""Train a classifier, from fresh weights or from a run's last checkpoint."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader

from emotion_classifier.audio.array_cache import ArrayCache
from emotion_classifier.errors import ConfigError, storage_errors
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.progress import Progress, Report
from emotion_classifier.runs.checksums import record
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.checkpoints.files import (
    LAST,
    frozen_names,
    plain_weights,
    read_checkpoint,
    trained_parameters,
)
from emotion_classifier.training.checkpoints.selection import Fitted, select_weights
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.data.cached_variants import CachedVariants
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.hidden_state_extraction import cached_datasets
from emotion_classifier.training.data.loaders import (
    BatchableDataset,
    training_loader,
    validation_loader,
)
from emotion_classifier.training.distributed.collectives import get_rank, get_world_size
from emotion_classifier.training.distributed.devices import on_gpu
from emotion_classifier.training.distributed.launch import group_settings
from emotion_classifier.training.logging.callbacks import AfterEpoch, EpochScores
from emotion_classifier.training.logging.confusion_history import read_confusions, write_animation
from emotion_classifier.training.logging.make_callbacks import make_callbacks
from emotion_classifier.training.malloc import keep_freed_memory
from emotion_classifier.training.module import ClassifierModule
from emotion_classifier.training.objectives.adversary import SpeakerAdversary
from emotion_classifier.training.objectives.emotion_counts import (
    EmotionCounts,
    counts_by_corpus,
    counts_of_all,
)
from emotion_classifier.training.objectives.losses import class_weights, emotion_factors
from emotion_classifier.training.optim.moving_average import MovingAverage
from emotion_classifier.training.sampling import Sampling, group_indices
from emotion_classifier.training.trainer import make_trainer, make_validator, takes_bf16


def fit(
    classifier: EmotionClassifier,
    training: ClipDataset,
    validation: ClipDataset | None,
    config: TrainingConfig,
    *,
    emotions: Sequence[str],
    folder: RunFolder,
    report: Report,
    speaker_statistics: torch.Tensor | None = None,
    kept_share: float = 0.0,
    after_epoch: AfterEpoch | None = None,
) -> Fitted:
    """Train a classifier and return it with the selected weights, by default of the best epoch.

    An interrupted run continues after its last complete epoch; on one kind of processor with the same
    number of threads it ends with bit for bit the weights of an uninterrupted run.

    Processes that have joined a group (see `distributed`) train together: each of them calls this
    with the same arguments, and process 0 writes.

    Parameters
    ----------
    classifier : with fresh or pretrained weights and fitted standardisation; its weights are replaced.
    training, validation : disjoint in speakers. Without validation the last epoch is selected, and
        TensorBoard shows nothing.
    config : settings of the training.
    emotions : names of the classes, in their order.
    folder : for checkpoints, history and TensorBoard events.
    report : receives the progress.
    speaker_statistics : (speaker, 2, feature) mean and deviation of the features of each speaker,
        in the datasets' order of them; None where the standardisation needs none.
    kept_share : share of the present weights of `classifier` in its finished ones.
    after_epoch : receives the scores of all epochs so far after each of them; an exception that it
        raises ends the training.

    Raises
    ------
    ConfigError
        The device is missing, the adversary has a single speaker, there are fewer clips than
        processes, or the settings need a validation part.
    """
    if validation is None:
        require_last_epoch(config)
    earlier = plain_weights(classifier) if kept_share else {}
    _tune(classifier, report)
    sampling = _sampling(training, config)
    counts = _emotion_counts(training, sampling, config, report)
    weights = class_weights(counts.counts, config.class_weights)
    weights = weights * emotion_factors(config.emotion_weights, emotions)
    module = ClassifierModule(
        classifier.to(memory_format=torch.channels_last),  # type: ignore[call-overload]
        config.schedule.build(config.epochs),
        config.loss.build(counts, weights, config.label_smoothing),
        corpora=counts.corpora,
        mixing=config.mixing.build() if config.mixing is not None else None,
        adversary=_adversary(classifier, training, config),
        speaker_statistics=speaker_statistics,
        moving_average=_moving_average(classifier, config),
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        encoder_learning_rate=config.encoder_learning_rate,
        layer_decay=config.layer_decay,
        monitor=config.monitor,
        seed=training.seed,
    )
    if not folder.trained.exists():
        _require_clips_for_all(training, validation)
        _run(module, training, sampling, validation, emotions, config, folder, report, after_epoch)
        if get_rank() == 0:
            if validation is not None:
                write_animation(folder.animation, emotions, read_confusions(folder.confusions))
                record(folder.confusions)
            record(folder.history)
            for done in (folder.variants, folder.teacher):
                shutil.rmtree(done, ignore_errors=True)
            folder.trained.touch()

    def validate() -> float:
        assert validation is not None
        return _validation_uar(module, validation, config)

    fitted = select_weights(classifier, folder.checkpoints, config, validate)
    return fitted.with_earlier(earlier, kept_share, validate) if kept_share else fitted


def require_last_epoch(config: TrainingConfig) -> None:
    """Raise `ConfigError` where the settings need a validation part."""
    if config.keep == "last" and config.early_stopping is None and config.schedule.kind == "cosine":
        return
    raise ConfigError(
        "without a validation part no epoch is known to be the best: set training.keep: last, "
        "training.early_stopping: null and training.schedule: {kind: cosine}"
    )


def _tune(classifier: EmotionClassifier, report: Report) -> None:
    """Prepare a pretrained encoder for training, and report how many weights are trained."""
    if isinstance(classifier.frontend, Encoder):
        classifier.frontend.tune()
        total = sum(parameter.numel() for parameter in classifier.parameters())
        trained = trained_parameters(classifier)
        report(Progress(f"{trained:,} of {total:,} weights are trained"))


def _require_clips_for_all(training: ClipDataset, validation: ClipDataset | None) -> None:
    size = get_world_size()
    for part, clips in (("training", training), ("validation", validation)):
        if clips is not None and len(clips) < size:
            raise ConfigError(
                f"the {part} part has {len(clips)} clips for {size} processes: take fewer of them "
                "(training.devices, training.nodes)"
            )


def _sampling(training: ClipDataset, config: TrainingConfig) -> Sampling:
    properties = {
        "emotion": training.targets.argmax(1).tolist(),
        "speaker": training.speakers,
        "corpus": training.corpora,
    }
    chosen = (properties[key] for key in config.sampling.balance)
    return config.sampling.build(group_indices(len(training), *chosen))


def _emotion_counts(
    training: ClipDataset, sampling: Sampling, config: TrainingConfig, report: Report
) -> EmotionCounts:
    """Clips of each emotion in an epoch: in each corpus where absent emotions are ignored."""
    if config.absent_emotions == "negative":
        return counts_of_all(training.targets, sampling.expected)
    counts = counts_by_corpus(training.targets, sampling.expected, training.corpora)
    for corpus in counts.negatives:
        report(
            Progress(
                f"{corpus} has one emotion: all other emotions are negatives for its clips, which "
                "would have no loss with training.absent_emotions: ignored"
            )
        )
    return counts


def _adversary(
    classifier: EmotionClassifier, training: ClipDataset, config: TrainingConfig
) -> SpeakerAdversary | None:
    if config.adversary is None:
        return None
    embedding = int(classifier.network.embedding_features)  # type: ignore[arg-type]
    return config.adversary.build(embedding, len(set(training.speakers)), training.seed)


def _moving_average(classifier: EmotionClassifier, config: TrainingConfig) -> MovingAverage | None:
    if config.ema_decay is None:
        return None
    return MovingAverage(classifier, frozen_names(classifier), decay=config.ema_decay)


def _run(
    module: ClassifierModule,
    training: ClipDataset,
    sampling: Sampling,
    validation: ClipDataset | None,
    emotions: Sequence[str],
    config: TrainingConfig,
    folder: RunFolder,
    report: Report,
    after_epoch: AfterEpoch | None,
) -> None:
    keep_freed_memory()
    last = folder.checkpoints / f"{LAST}.ckpt"
    done = _epochs_done(last)
    loaders = _loaders(module, training, sampling, validation, config, folder, done, report)
    encoder = module.encoder
    thaws = encoder is not None and any(p.requires_grad for p in encoder.parameters())
    remedy = "Free some space and continue with `emotion train --resume`."
    with (
        storage_errors(folder.path, remedy),
        _without_advice(),
        make_callbacks(
            config, folder, emotions, training, validation, first_epoch=done + 1, report=report
        ) as callbacks,
    ):
        if after_epoch is not None:
            callbacks.append(EpochScores(after_epoch))
        trainer = make_trainer(config, callbacks, group_settings(config, thaws=thaws))
        try:
            trainer.fit(
                module,
                *loaders,
                ckpt_path=last if last.exists() else None,
                weights_only=True,
            )
        except SystemExit:  # which Lightning makes of Ctrl-C
            raise KeyboardInterrupt from None


def _loaders(
    module: ClassifierModule,
    training: ClipDataset,
    sampling: Sampling,
    validation: ClipDataset | None,
    config: TrainingConfig,
    folder: RunFolder,
    epoch: int,
    report: Report,
) -> tuple[DataLoader[Any], DataLoader[Any] | None]:
    """Loaders of both parts from `epoch` on, of cached items where the run repeats them."""
    train_part: BatchableDataset = training
    validation_part: BatchableDataset | None = validation
    encoder = module.encoder
    if encoder is not None and encoder.fixed_depth is not None:
        device = torch.device("cuda" if on_gpu(config.device) else "cpu")
        bf16 = takes_bf16(config)
        train_part, validation_part = cached_datasets(
            encoder, training, validation, device=device, bf16=bf16, report=report
        )
    elif training.views and training.views < config.epochs:
        cache = ArrayCache(folder.variants, "Free some space, or take fewer augmentation.views.")
        train_part = CachedVariants(training, cache)
    size, workers, bucketed = config.batch_size, config.workers, encoder is not None
    rank, world_size = get_rank(), get_world_size()
    loader = training_loader(
        train_part,
        sampling,
        size,
        workers,
        epoch,
        bucketed=bucketed,
        rank=rank,
        world_size=world_size,
    )
    if validation_part is None:
        return loader, None
    return loader, validation_loader(
        validation_part, size, workers, bucketed=bucketed, rank=rank, world_size=world_size
    )


@contextmanager
def _without_advice() -> Iterator[None]:
    """Suppress Lightning's advice (more workers, fewer log steps): it is wrong for cached clips."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning")
        yield


def _epochs_done(checkpoint: Path) -> int:
    """Complete epochs before a checkpoint; 0 without one."""
    if not checkpoint.exists():
        return 0
    return len(read_checkpoint(checkpoint)["history"])


def _validation_uar(
    module: ClassifierModule, validation: ClipDataset, config: TrainingConfig
) -> float:
    """UAR on the validation part with the present weights of `module`."""
    bucketed = module.encoder is not None
    loader = validation_loader(validation, config.batch_size, config.workers, bucketed=bucketed)
    with _without_advice():
        make_validator(config).validate(module, loader, verbose=False)
    return module.validation_uar
