"""Facts of a model and of its evaluation, for reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.experiments.data.load import DataConfig
from emotion_classifier.model_folder.pretraining_data import encoder_name, encoder_text
from emotion_classifier.model_folder.specification import ModelSpecification, TrainingData
from emotion_classifier.runs.checksums import sha256
from emotion_classifier.runs.environment import describe_environment, origin
from emotion_classifier.runs.history import higher_is_better
from emotion_classifier.runs.run_folder import RunFolder


def model_facts(specification: ModelSpecification) -> Mapping[str, object]:
    """Name → value of the facts of a model in its reports."""
    return {
        "model": specification.name,
        **_pretraining_facts(specification),
        "parameters": specification.parameters or None,
        "trained parameters": specification.trained_parameters,
        "network": specification.architecture["network"]["kind"],
        "sample rate": f"{specification.input.sample_rate} Hz",
        "trained on": training_text(specification.training_data),
        "target": specification.target,
        "validation UAR": specification.validation_uar,
        "temperature": specification.temperature,
        "uncertain below": specification.uncertain_below,
    }


def _pretraining_facts(specification: ModelSpecification) -> Mapping[str, object]:
    """The encoder and the weights that the training started from, and its teachers."""
    facts = {}
    encoder, origin = encoder_name(specification.architecture), specification.origin
    distillation = specification.distillation
    if encoder is not None:
        facts["encoder"] = encoder_text(encoder)
    if origin is not None:
        facts["started from"] = (
            f"{origin.name}: {origin.loaded} weights taken over, {origin.fresh} fresh; "
            f"it was trained on {training_text(origin.training_data)}"
        )
    if distillation is not None:
        teachers = ", ".join(f"{one.name} ({one.sha256[:12]})" for one in distillation.teachers)
        facts["distilled from"] = (
            f"{teachers}; weight {distillation.weight:g}, temperature {distillation.temperature:g}"
        )
    return facts


def training_text(data: Iterable[TrainingData]) -> str:
    """Names, sizes and licences of training corpora, separated by commas."""
    return ", ".join(
        f"{one.corpus} ({one.clips} clips, {one.speakers} speakers, {one.licence})" for one in data
    )


def report_origin(
    config: DataConfig, environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Date, command, commit, versions, split and seed, for the head of a report.

    Parameters
    ----------
    environment : of the run that is reported; None takes that of this process.
    """
    if environment is None:
        environment = origin(describe_environment())
    splits = {"split": config.split} | {f"split of {n}": s for n, s in config.corpus_splits.items()}
    texts = {
        name: ", ".join(f"{key} {value}" for key, value in split if value is not None)
        for name, split in splits.items()
    }
    seeds = {"seed": str(config.seed)}
    if config.split_seed is not None:
        seeds["seed of the split"] = str(config.split_seed)
    return {**environment, **texts, **seeds}


def file_hashes(run: RunFolder, specification: ModelSpecification | None) -> dict[str, str]:
    """Name → SHA-256 of the settings, the split and the model of a run, as far as they are there."""
    files = {file.name: sha256(file) for file in (run.config, run.split) if file.is_file()}
    model = {} if specification is None else specification.files
    return files | {f"{run.model.name}/{name}": digest for name, digest in model.items()}


def selection_text(settings: Mapping[str, Any]) -> str:
    """The rule by which the weights were selected, from the settings of a run."""
    start = settings.get("pretrained_weights") or {}
    share = start.get("kept_share", 0.0) if start.get("enabled", True) else 0.0
    kept = f", mixed with a share of {share:g} of those before training" if share else ""
    return f"{_selected(settings.get('training', {}))}{kept}"


def _selected(training: Mapping[str, object]) -> str:
    keep, monitor = training.get("keep", "best"), str(training.get("monitor", "uar"))
    best = "lowest" if not higher_is_better(monitor) else "highest"
    label = METRICS[monitor].label if monitor in METRICS else monitor
    score = f"with the {best} {label} on the validation part"
    if keep == "last":
        return "the weights of the last epoch"
    if keep == "average":
        return f"the mean of the weights of the {training.get('average_best', 3)} epochs {score}"
    return f"the weights of the epoch {score}"


def corpus_temperature(
    specification: ModelSpecification, clips: LabelledPredictions
) -> npt.NDArray[np.float64]:
    """The temperature (clip,) of the corpus of each clip; NaN where the model has none."""
    own = specification.corpus_temperatures
    return np.array([own.get(corpus, np.nan) for corpus in clips.corpora])
