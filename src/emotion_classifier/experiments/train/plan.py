"""The plan of a run: everything that is loaded, checked and built once, before there is a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import torch
from torch import nn

from emotion_classifier.audio.augmentation.chain import Policy
from emotion_classifier.corpora.splits import Split
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.data.load import RunData
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.pretrained import (
    Pretrained,
    find_pretrained,
    require_fitting_weights,
)
from emotion_classifier.experiments.train.teachers import Teacher, find_teachers
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.frontends.standardisation import speaker_statistics
from emotion_classifier.training.data.augmentation import TrainingAugmentation
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.logging.trackers import require_trackers
from emotion_classifier.training.objectives.losses import emotion_factors


def build_augmentation(config: RunConfig, labels: LabelSet) -> Policy | None:
    """The augmentation with its noises and impulse responses decoded; None where there is none.

    Raises
    ------
    ConfigError
        An emotion that is not in `labels`, or recordings that are missing or unusable.
    """
    if config.augmentation is None:
        return None
    policy = config.augmentation.build(labels)
    policy.prepare(config.input.sample_rate)
    return policy


def build_datasets(
    config: RunConfig, data: RunData, split: Split, augmentation: Policy | None
) -> tuple[ClipDataset, ClipDataset | None]:
    """The augmented training part, and the unchanged validation part, None where it is empty."""
    parts = data.part(split, "train"), data.part(split, "validation")
    order = tuple(dict.fromkeys(u.speaker_id for part in parts for u in part))
    augment, views = None, None
    if config.augmentation is not None and augmentation is not None:
        clips = [data.clips[u.id] for u in parts[0]]
        augment = TrainingAugmentation.of(
            parts[0], clips, augmentation, config.augmentation.copy_paste, config.input.build()
        )
        views = config.augmentation.views
    training, validation = (
        ClipDataset(
            [data.clips[u.id] for u in part],
            data.targets(part),
            config.input.build(),
            config.seed,
            speakers=[u.speaker_id for u in part],
            corpora=[u.corpus for u in part],
            speaker_order=order,
            augment=augment if part is parts[0] else None,
            augmented_length=augment.length if augment and part is parts[0] else None,
            views=views if part is parts[0] else None,
        )
        for part in parts
    )
    return training, validation if len(validation) else None


def build_classifier(config: RunConfig, emotions: int) -> EmotionClassifier:
    """A classifier with fresh weights of the run's seed, and an encoder's pretrained ones."""
    torch.manual_seed(config.seed)
    return config.model.build(config.input.sample_rate, emotions)


def fit_statistics(classifier: EmotionClassifier, config: RunConfig, training: ClipDataset) -> None:
    """Set the standardisation, and the bias of the head, by the training part."""
    if config.model.head.log_prior_bias:
        counts = np.maximum(training.targets.sum(0), 1.0)
        classifier.head.set_prior((counts / len(training)).tolist())
    if classifier.standardisation.needs_fit:
        classifier.standardisation.fit(_features(classifier, training))


def statistics_by_speaker(
    classifier: EmotionClassifier, training: ClipDataset, validation: ClipDataset | None
) -> torch.Tensor | None:
    """Statistics (speaker, 2, feature) in the datasets' order; None unless the classifier has such."""
    if classifier.standardisation.kind != "per_speaker":
        return None
    datasets = [training] if validation is None else [training, validation]
    features = chain.from_iterable(_features(classifier, dataset) for dataset in datasets)
    indices = np.concatenate([dataset.speaker_indices for dataset in datasets])
    return speaker_statistics(features, indices)


def _features(classifier: EmotionClassifier, clips: ClipDataset) -> Iterator[torch.Tensor]:
    """Features (frame, feature) of the centre of each clip, without augmentation."""
    for clip in clips.clips:
        centre = clips.model_input.centre(clip.samples())
        waveforms, lengths = map(torch.from_numpy, clips.model_input.batch([centre]))
        with torch.no_grad():
            yield classifier.frontend(waveforms, lengths)[0]


@dataclass(frozen=True, eq=False)
class RunPlan:
    """A training that can start.

    The recordings of `augmentation` are decoded, `pretrained` and `teachers` checked for leaks. `classifier`
    has fresh weights, which the training changes; another process gets None and builds its own.
    """

    config: RunConfig
    data: RunData
    split: Split
    augmentation: Policy | None = None
    pretrained: Pretrained | None = None
    teachers: tuple[Teacher, ...] = ()
    classifier: EmotionClassifier | None = None

    def for_processes(self) -> RunPlan:
        """The plan for other processes: they may not share the memory of weights in training."""
        return replace(self, classifier=None)


def plan_run(config: RunConfig, data: RunData, split: Split) -> RunPlan:
    """The plan of a run on loaded data.

    Raises
    ------
    ConfigError
        Clips that the network cannot process, recordings for augmentation that are missing, a factor of
        an emotion that the model lacks, an adversary of a single speaker, or pretrained weights that
        do not fit.
    LabelError, LeakError, ModelFolderError
        The pretrained classifier or a teacher cannot be used; see `find_pretrained`, `find_teachers`.
    MissingDependencyError
        MLflow or Weights & Biases is chosen and not installed.
    """
    require_trackers(config.training)
    emotion_factors(config.training.emotion_weights, data.labels.names)  # an error before a run
    training = data.part(split, "train")
    if config.training.adversary is not None:
        config.training.adversary.require_speakers(len({u.speaker_id for u in training}))
    classifier = build_classifier(config, len(data.labels))
    _require_valid_durations(config, classifier)
    _require_batches(config, classifier, len(training))
    augmentation = build_augmentation(config, data.labels)
    pretrained = find_pretrained(config, data, split)
    if pretrained is not None:
        require_fitting_weights(pretrained, classifier, config, data.labels.names)
    teachers = find_teachers(config, data, split)
    return RunPlan(config, data, split, augmentation, pretrained, teachers, classifier)


def _require_batches(config: RunConfig, classifier: EmotionClassifier, clips: int) -> None:
    """Raise `ConfigError` where batches of one clip have no variance to normalise them with."""
    normalises = any(isinstance(one, nn.BatchNorm1d) for one in classifier.network.modules())
    if normalises and min(config.training.batch_size, clips) < 2:
        raise ConfigError(
            f"training.batch_size: {config.training.batch_size} with {clips} training clips makes "
            f"batches of one clip, which the batch normalisation of the network "
            f"{config.model.network.kind} cannot use: take 2 or more clips"
        )


def _require_valid_durations(config: RunConfig, classifier: EmotionClassifier) -> None:
    """Raise `ConfigError` where clips may be too short or too long for the network."""
    audio = config.input
    least = classifier.minimum_samples / audio.sample_rate
    if audio.minimum_seconds < least:
        raise ConfigError(
            f"input.minimum_seconds: {audio.minimum_seconds:g} is shorter than this network can process: set it "
            f"to {least:.3f} or more, or use fewer blocks or a shorter hop_length"
        )
    most = getattr(classifier.frontend, "maximum_samples", None)
    if most is not None and audio.seconds * audio.sample_rate > most:
        raise ConfigError(
            f"input.seconds: {audio.seconds:g} is longer than this encoder can process: set it to "
            f"{most / audio.sample_rate:g} or less"
        )
    if audio.seconds < audio.minimum_seconds:
        raise ConfigError(
            f"input.seconds: {audio.seconds:g} is below input.minimum_seconds "
            f"({audio.minimum_seconds:g}): no clip would be accepted"
        )
