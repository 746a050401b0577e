"""From clips and a split to a model folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from rich.console import Console

from emotion_classifier.corpora.splits import Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import ConfigError
from emotion_classifier.evaluation.calibration import fit_temperature
from emotion_classifier.experiments.config import RunConfig
from emotion_classifier.experiments.material import Material
from emotion_classifier.inference.runtime import OnnxRuntime
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.export import save_weights
from emotion_classifier.models.folder import GRAPH, write_specification
from emotion_classifier.models.specification import ModelSpecification
from emotion_classifier.training.dataset import ClipDataset
from emotion_classifier.training.fit import fit
from emotion_classifier.training.run_folder import RunFolder


def learn(
    folder: RunFolder, config: RunConfig, material: Material, split: Split, console: Console
) -> None:
    """Train, or go on training, and write the model folder, ``model.yaml`` last."""
    training = _dataset(config, material, material.part(split, "train"))
    validation = _dataset(config, material, material.part(split, "validation"))
    classifier = _fresh_classifier(config, training, len(material.labels))
    fitted = fit(classifier, training, validation, config.training, folder=folder, console=console)
    console.print(
        f"best epoch {fitted.best_epoch}: validation UAR {fitted.validation_uar:.3f}; "
        "writing the model"
    )
    save_weights(folder.model, classifier, config.input.sample_rate)
    facts = material.training_facts(split)
    specification = ModelSpecification(
        name=f"{config.experiment}-{folder.path.name}",
        emotions=material.labels.names,
        input=config.input,
        temperature=_temperature(OnnxRuntime(folder.model / GRAPH), validation),
        architecture=config.model.model_dump(mode="json"),
        parameters=sum(p.numel() for p in classifier.parameters()),
        training_data=facts.data,
        validation_uar=fitted.validation_uar,
        notes=facts.warnings,
    )
    write_specification(folder.model, specification)


def require_audible_clips(config: RunConfig) -> None:
    """Raise `ConfigError` where the shortest clip would leave the network no frame."""
    classifier = config.model.build(config.input.sample_rate, emotions=2)
    least = classifier.minimum_samples / config.input.sample_rate
    if config.input.minimum_seconds < least:
        raise ConfigError(
            f"input.minimum_seconds: {config.input.minimum_seconds:g} is shorter than this network "
            f"can hear: set it to {least:.3f} or more, or use fewer blocks or a shorter hop_length"
        )
    if config.input.seconds < config.input.minimum_seconds:
        raise ConfigError(
            f"input.seconds: {config.input.seconds:g} is below input.minimum_seconds "
            f"({config.input.minimum_seconds:g}): no clip would be accepted"
        )


def _dataset(config: RunConfig, material: Material, part: Sequence[Utterance]) -> ClipDataset:
    clips = [material.clips[u.id] for u in part]
    return ClipDataset(clips, material.targets(part), config.input.build(), config.seed)


def _fresh_classifier(config: RunConfig, training: ClipDataset, emotions: int) -> EmotionClassifier:
    torch.manual_seed(config.seed)
    classifier = config.model.build(config.input.sample_rate, emotions)
    if config.model.head.log_prior_bias:
        counts = Counter(training.targets.tolist())
        classifier.head.set_prior([max(counts[i], 1) / len(training) for i in range(emotions)])
    if classifier.standardisation.needs_fit:
        with torch.no_grad():
            classifier.standardisation.fit(
                classifier.frontend(
                    torch.from_numpy(training.model_input.centre(clip.samples()).copy())[None]
                )[0]
                for clip in training.clips
            )
    return classifier


def _temperature(runtime: OnnxRuntime, validation: ClipDataset, batch: int = 16) -> float:
    """The temperature that fits the validation part best."""
    centred = [validation.model_input.centre(clip.samples()) for clip in validation.clips]
    logits = [
        runtime.logits(*validation.model_input.batch(centred[start : start + batch]))
        for start in range(0, len(centred), batch)
    ]
    return fit_temperature(np.concatenate(logits), validation.targets)
