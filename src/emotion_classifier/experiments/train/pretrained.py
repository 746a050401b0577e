"""The pretrained classifier of a run: checked for leaks, and its weights loaded into the new one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from emotion_classifier.corpora.splits import Split
from emotion_classifier.errors import ConfigError, ModelFolderError, RunError
from emotion_classifier.experiments.data.load import RunData
from emotion_classifier.experiments.train.config import RunConfig, of_one_model
from emotion_classifier.experiments.train.seen_speakers import seen_warnings
from emotion_classifier.inference.bundled import model_folder
from emotion_classifier.model_folder.folder import GRAPH, WEIGHTS, read_specification
from emotion_classifier.model_folder.specification import ModelSpecification, PretrainedFrom
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.export.graph_weights import recover_weights
from emotion_classifier.models.export.onnx import read_weights
from emotion_classifier.models.warm_start import (
    WarmStartReport,
    compare_weights,
    load_pretrained,
)
from emotion_classifier.progress import Progress, Report
from emotion_classifier.storage import write_csv


@dataclass(frozen=True)
class Pretrained:
    """A pretrained classifier in a model folder; reports on the new model repeat the warnings."""

    folder: Path
    specification: ModelSpecification
    warnings: tuple[str, ...]


def find_pretrained(config: RunConfig, data: RunData, split: Split) -> Pretrained | None:
    """The classifier that the settings start from, checked for leaks; None for fresh weights.

    Raises
    ------
    ConfigError
        The path is that of the models of several folds.
    ModelFolderError
        There is no model folder at the path, or it is damaged or holds no weights.
    LeakError
        It was trained on speakers of the test or validation part, and `allow_leak` is not set for
        their corpora.
    """
    chosen = config.pretrained_weights
    if chosen is None or not chosen.enabled or chosen.path is None:
        return None
    folder = model_folder(of_one_model(chosen.path))
    specification = read_specification(folder)
    if WEIGHTS not in specification.files:
        recover_weights(folder, specification)  # an error before there is a run
    warnings = seen_warnings(
        folder, specification, config, data, split, use="Started from the weights of"
    )
    return Pretrained(folder, specification, warnings)


def _read_weights(folder: Path, specification: ModelSpecification) -> dict[str, torch.Tensor]:
    """The weights in a model folder, or those of its graph where it holds no others."""
    if WEIGHTS in specification.files:
        return read_weights(folder)
    return recover_weights(folder, specification)


def warm_start(
    classifier: EmotionClassifier,
    pretrained: Pretrained,
    config: RunConfig,
    emotions: Sequence[str],
    record: Path,
    report: Report,
) -> PretrainedFrom:
    """Load the pretrained weights that fit; report the outcome, and write it to `record`.

    Parameters
    ----------
    classifier : with fresh weights and fitted standardisation.
    emotions : in the order of its outputs.
    record : a CSV file; where it exists, a run continues, and the weights must be the same.

    Raises
    ------
    ModelFolderError
        The model folder has no weights.
    RunError
        The run started from other weights than those at the path.
    """
    specification = pretrained.specification
    weights = _read_weights(pretrained.folder, specification)
    sha256 = specification.files[WEIGHTS if WEIGHTS in specification.files else GRAPH]
    _require_same_source(record, sha256, pretrained.folder)
    outcome = load_pretrained(
        classifier,
        weights,
        same_emotions=tuple(emotions) == specification.emotions,
        same_features=_same_features(specification, config),
    )
    for line in outcome.lines():
        report(Progress(f"pretrained weights: {line}"))
    _write(record, outcome, sha256)
    return PretrainedFrom(
        name=specification.name,
        weights_sha256=sha256,
        loaded=len(outcome.loaded),
        fresh=len(outcome.fresh),
        encoder_changed=_mark_changed_encoder(classifier, outcome, sha256),
        kept_share=config.kept_share,
        training_data=specification.all_training_data,
    )


def _require_same_source(record: Path, sha256: str, folder: Path) -> None:
    """Raise `RunError` where a run continues from other weights: the frozen ones are loaded again."""
    if record.is_file() and _source_line(sha256) not in record.read_text("utf-8"):
        raise RunError(
            f"{folder / WEIGHTS} is not the file that this run started from (see {record}): bring "
            "the old model folder back, or start a new run"
        )


def require_fitting_weights(
    pretrained: Pretrained,
    classifier: EmotionClassifier,
    config: RunConfig,
    emotions: Sequence[str],
) -> None:
    """Check that the pretrained weights fit a classifier, before there is a run.

    Parameters
    ----------
    classifier : with fresh weights, which stay.
    emotions : in the order of its outputs.

    Raises
    ------
    ConfigError
        No weight fits, or not all, of which a share is to be kept.
    ModelFolderError
        The model folder has no weights, or leaves out its encoder, and this run has another.
    """
    _require_same_encoder(pretrained, classifier)
    outcome = compare_weights(
        classifier,
        _read_weights(pretrained.folder, pretrained.specification),
        same_emotions=tuple(emotions) == pretrained.specification.emotions,
        same_features=_same_features(pretrained.specification, config),
    )
    if not any(row.name.startswith(("frontend.", "network.", "head.")) for row in outcome.loaded):
        raise ConfigError(
            f"pretrained_weights.path: nothing in {pretrained.folder} fits this network by name and "
            "shape: use the model settings it was trained with, or start fresh"
        )
    if config.kept_share:
        _require_all_weights(outcome, pretrained)


def _require_all_weights(outcome: WarmStartReport, pretrained: Pretrained) -> None:
    """Raise `ConfigError` where a share of fresh weights would be kept."""
    encoder = pretrained.specification.encoder
    given = ["standardisation."]
    if encoder is not None and not encoder.included:  # this run has the same
        given.append("frontend.model.")
    fresh = [row for row in outcome.fresh if not row.name.startswith(tuple(given))]
    if fresh:
        raise ConfigError(
            f"pretrained_weights.kept_share: {fresh[0].name} is not from {pretrained.folder} "
            f"({fresh[0].outcome}), and a share of fresh weights spoils a model: use the settings and "
            "emotions it was trained with, or kept_share: 0"
        )


def _require_same_encoder(pretrained: Pretrained, classifier: EmotionClassifier) -> None:
    """Raise `ModelFolderError` where the folder leaves out its encoder and this run has another."""
    encoder = pretrained.specification.encoder
    if encoder is None or encoder.included:
        return
    frontend = classifier.frontend
    if not isinstance(frontend, Encoder) or frontend.fingerprint != encoder.fingerprint:
        raise ModelFolderError(
            f"{pretrained.folder} leaves out its encoder, {encoder.name}, which is not that of this "
            f"run: use the same, or complete it with `emotion export {pretrained.folder} --output FOLDER`"
        )


def _same_features(specification: ModelSpecification, config: RunConfig) -> bool:
    """Whether features and their statistics are those of the pretrained model."""
    here = config.model.model_dump(mode="json")
    there = specification.architecture
    names = ("frontend", "standardisation")
    same_rate = specification.input.sample_rate == config.input.sample_rate
    return same_rate and all(here[name] == there.get(name) for name in names)


def _mark_changed_encoder(
    classifier: EmotionClassifier, outcome: WarmStartReport, sha256: str
) -> bool:
    """Whether weights of the encoder were replaced; then it gets a new fingerprint.

    Hidden states are cached under the fingerprint.
    """
    frontend = classifier.frontend
    if not isinstance(frontend, Encoder):
        return False
    if not any(row.changed and row.name.startswith("frontend.model.") for row in outcome.loaded):
        return False
    fingerprint = hashlib.sha256(f"{frontend.fingerprint} {sha256}".encode()).hexdigest()
    frontend.description = replace(frontend.description, fingerprint=fingerprint)
    return True


def _write(record: Path, outcome: WarmStartReport, sha256: str) -> None:
    rows = [("weight", "shape", "earlier_shape", "outcome"), ("", "", "", _source_line(sha256))]
    for row in outcome.rows:
        here, there = ("x".join(map(str, s or ())) for s in (row.shape, row.pretrained_shape))
        rows.append((row.name, here, there, row.outcome))
    write_csv(record, rows, "Free some space and continue the run.")


def _source_line(sha256: str) -> str:
    return f"source: SHA-256 {sha256}"
