"""Train a classifier, from fresh weights or from where a run stopped."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import lightning
import numpy as np
import torch

from emotion_classifier.errors import ConfigError, storage_errors
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.progress import Progress, Report
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.checkpoints.files import LAST, trained_parameters
from emotion_classifier.training.checkpoints.selection import Fitted, kept
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.data.dataset import (
    ClipDataset,
    Source,
    training_loader,
    validation_loader,
)
from emotion_classifier.training.data.hidden_state_extraction import sources
from emotion_classifier.training.distributed.collectives import get_rank, get_world_size
from emotion_classifier.training.distributed.devices import on_gpu
from emotion_classifier.training.distributed.launch import group_settings
from emotion_classifier.training.logging.confusion_history import read_confusions, write_animation
from emotion_classifier.training.logging.make_callbacks import make_callbacks
from emotion_classifier.training.malloc import keep_freed_memory
from emotion_classifier.training.module import ClassifierModule
from emotion_classifier.training.objectives.adversary import SpeakerAdversary
from emotion_classifier.training.objectives.losses import CrossEntropy, class_weights
from emotion_classifier.training.sampling import Sampling, group_indices
from emotion_classifier.training.trainer import make_trainer, takes_bf16


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
) -> Fitted:
    """Train until the last epoch and return the one to keep, by default the best in validation.

    A run that was interrupted goes on from its last whole epoch; on one kind of processor with the
    same number of threads it ends in bit for bit the weights of an uninterrupted one.

    Processes that have joined a group (see `distributed`) train together: each of them calls this
    with the same arguments, and the first one writes.

    Parameters
    ----------
    classifier : with fresh weights and fitted standardisation; its weights are replaced.
    training, validation : disjoint in speakers. Without validation the last epoch is kept, and
        TensorBoard shows nothing.
    emotions : names of the classes, in their order.
    folder : where checkpoints, history and TensorBoard events go.
    report : receives the progress.
    speaker_statistics : (speaker, 2, feature) mean and deviation of the features of each speaker,
        in the datasets' order of them; None where the standardisation needs none.

    Raises
    ------
    ConfigError
        A device that is not there, an adversary of a single speaker, fewer clips than processes,
        or settings that need a validation part where there is none.
    """
    if validation is None:
        require_last_epoch(config)
    _tune(classifier, report)
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
        encoder_learning_rate=config.encoder_learning_rate,
        layer_decay=config.layer_decay,
        monitor=config.monitor,
        seed=training.seed,
    )
    if not folder.trained.exists():
        _require_clips_for_all(training, validation)
        _run(module, training, sampling, validation, emotions, config, folder, report)
        if get_rank() == 0:
            if validation is not None:
                write_animation(folder.animation, emotions, read_confusions(folder.confusions))
            folder.trained.touch()

    def validate() -> float:
        assert validation is not None
        return _validation_uar(module, validation, config)

    return kept(classifier, folder.checkpoints, config, validate)


def require_last_epoch(config: TrainingConfig) -> None:
    """Raise `ConfigError` where settings ask for what only a validation part can tell."""
    if config.keep == "last" and config.early_stopping is None and config.schedule.kind == "cosine":
        return
    raise ConfigError(
        "without a validation part nothing tells which epoch is the best: set training.keep: last, "
        "training.early_stopping: null and training.schedule: {kind: cosine}"
    )


def _tune(classifier: EmotionClassifier, report: Report) -> None:
    """Make a pretrained encoder ready for training, and tell how much of it is trained."""
    if isinstance(classifier.frontend, Encoder):
        classifier.frontend.tune()
        everything = sum(parameter.numel() for parameter in classifier.parameters())
        trained = trained_parameters(classifier)
        report(Progress(f"{trained:,} of {everything:,} weights are trained"))


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
    report: Report,
) -> None:
    keep_freed_memory()
    last = folder.checkpoints / f"{LAST}.ckpt"
    done = _epochs_done(last)
    heard, judged = _sources(module, training, validation, config, report)
    bucketed = module.encoder is not None
    remedy = "Free some space and continue with `emotion train --resume`."
    with warnings.catch_warnings(), storage_errors(folder.path, remedy):
        # Lightning's advice (more workers, fewer log steps) does not hold for cached clips.
        warnings.filterwarnings("ignore", module="lightning")
        with make_callbacks(config, folder, emotions, training, validation, done) as records:
            trainer = make_trainer(config, folder, report, records, group_settings(module, config))
            size, workers = config.batch_size, config.workers
            ranks = {"rank": get_rank(), "world_size": get_world_size()}
            try:
                trainer.fit(
                    module,
                    training_loader(
                        heard, sampling, size, workers, done, bucketed=bucketed, **ranks
                    ),
                    validation_loader(judged, size, workers, bucketed=bucketed, **ranks)
                    if judged is not None
                    else None,
                    ckpt_path=last if last.exists() else None,
                    weights_only=True,
                )
            except SystemExit:  # which Lightning makes of Ctrl-C
                raise KeyboardInterrupt from None


def _sources(
    module: ClassifierModule,
    training: ClipDataset,
    validation: ClipDataset | None,
    config: TrainingConfig,
    report: Report,
) -> tuple[Source, Source | None]:
    """The parts as they are, or as the states that a frozen encoder made of them."""
    encoder = module.encoder
    if encoder is None or not encoder.is_frozen:
        return training, validation
    device = torch.device("cuda" if on_gpu(config.device) else "cpu")
    bf16 = takes_bf16(config)
    return sources(encoder, training, validation, device=device, bf16=bf16, report=report)


def _epochs_done(checkpoint: Path) -> int:
    """Whole epochs before a checkpoint; none where it does not exist."""
    if not checkpoint.exists():
        return 0
    return len(torch.load(checkpoint, weights_only=True, map_location="cpu")["history"])


def _validation_uar(
    module: ClassifierModule, validation: ClipDataset, config: TrainingConfig
) -> float:
    """UAR on the validation part with the weights that `module` has."""
    trainer = lightning.Trainer(
        accelerator="cuda" if on_gpu(config.device) else "cpu",
        devices=1,
        precision="bf16-mixed" if takes_bf16(config) else "32-true",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    bucketed = module.encoder is not None
    loader = validation_loader(validation, config.batch_size, config.workers, bucketed=bucketed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning")
        trainer.validate(module, loader, verbose=False)
    return module.validation_uar
