"""The plan of a run: everything that is loaded, checked and built once, before there is a folder."""

from __future__ import annotations

from dataclasses import dataclass, replace

from emotion_classifier.audio.augmentation.chain import Policy
from emotion_classifier.corpora.splits import Split
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.data.load import RunData
from emotion_classifier.experiments.train.build import build_augmentation, build_classifier
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.pretrained import Pretrained, find_pretrained
from emotion_classifier.experiments.train.warm_start import require_same_encoder
from emotion_classifier.models.classifier import EmotionClassifier


@dataclass(frozen=True, eq=False)
class RunPlan:
    """A training that can start.

    Parameters
    ----------
    config : of the run.
    data, split : clips, and the part of each.
    augmentation : with its recordings decoded; None for none.
    pretrained : the classifier that the training starts from, checked for leaks; None for none.
    classifier : with fresh weights, which the training changes; None in the plan for another
        process, which builds its own.
    """

    config: RunConfig
    data: RunData
    split: Split
    augmentation: Policy | None = None
    pretrained: Pretrained | None = None
    classifier: EmotionClassifier | None = None

    def for_processes(self) -> RunPlan:
        """The plan for other processes: they may not share the memory of weights in training."""
        return replace(self, classifier=None)


def plan_run(config: RunConfig, data: RunData, split: Split) -> RunPlan:
    """The plan of a run on loaded data.

    Raises
    ------
    ConfigError
        Clips that the network cannot process, or recordings for augmentation that are missing.
    LeakError, ModelFolderError
        The pretrained classifier cannot be used; see `find_pretrained`.
    """
    classifier = build_classifier(config, len(data.labels))
    _require_valid_durations(config, classifier)
    augmentation = build_augmentation(config, data.labels)
    pretrained = find_pretrained(config, data, split)
    if pretrained is not None:
        require_same_encoder(pretrained, classifier)
    return RunPlan(config, data, split, augmentation, pretrained, classifier)


def _require_valid_durations(config: RunConfig, classifier: EmotionClassifier) -> None:
    """Raise `ConfigError` where clips may be too short or too long for the network."""
    seconds, minimum, rate = (
        config.input.seconds,
        config.input.minimum_seconds,
        config.input.sample_rate,
    )
    least = classifier.minimum_samples / rate
    if minimum < least:
        raise ConfigError(
            f"input.minimum_seconds: {minimum:g} is shorter than this network can process: set it "
            f"to {least:.3f} or more, or use fewer blocks or a shorter hop_length"
        )
    most = getattr(classifier.frontend, "maximum_samples", None)
    if most is not None and seconds * rate > most:
        raise ConfigError(
            f"input.seconds: {seconds:g} is longer than this encoder can process: set it to "
            f"{most / rate:g} or less"
        )
    if seconds < minimum:
        raise ConfigError(
            f"input.seconds: {seconds:g} is below input.minimum_seconds ({minimum:g}): no clip "
            "would be accepted"
        )
