"""From clips and a split to a model folder."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from rich.console import Console

from emotion_classifier.corpora.splits import Split
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.data.load import RunData, TrainingPart
from emotion_classifier.experiments.evaluate.fit_calibration import Calibration, fit_calibration
from emotion_classifier.experiments.train.build import (
    build_classifier,
    make_datasets,
    statistics_by_speaker,
)
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.pretrained import Pretrained, find_pretrained
from emotion_classifier.experiments.train.warm_start import warm_start
from emotion_classifier.inference.emotion_model import EmotionModel
from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.model_folder.folder import GRAPH, write_specification
from emotion_classifier.model_folder.pretraining_data import encoder_name, seen_by_encoder
from emotion_classifier.model_folder.specification import (
    EncoderFacts,
    ModelSpecification,
    PretrainedFrom,
)
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.export.onnx import save_weights
from emotion_classifier.progress import Report, ignore, shown_on
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.checkpoints.selection import Fitted
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.distributed.collectives import get_rank, get_world_size
from emotion_classifier.training.distributed.devices import processes_here
from emotion_classifier.training.distributed.spawn import in_processes
from emotion_classifier.training.fit import fit


def train_model(
    folder: RunFolder,
    config: RunConfig,
    data: RunData,
    split: Split,
    console: Console,
    confidence: Calibration | None = None,
) -> None:
    """Train, or go on training, and write the model folder, ``model.yaml`` last.

    Where several processes train, the first one writes; see `launchers`.

    Parameters
    ----------
    split : may have no validation part where `confidence` is given; see `fit` for what it takes.
    confidence : of the model; None fits it on the validation part.
    """
    with shown_on(console) as report:
        trained = _train_in_processes(folder, config, data, split, report)
    if get_rank() > 0:
        return
    fitted, classifier = trained.fitted, trained.fitted.classifier
    validation, speakers, earlier = trained.validation, trained.speakers, trained.earlier
    validated = fitted.validation_uar
    scored = "" if validated is None else f": validation UAR {validated:.3f}"
    console.print(f"keeping {fitted.origin}{scored}; writing the model")
    save_weights(folder.model, classifier, config.input.sample_rate)
    facts = data.training_part(split)
    specification = ModelSpecification(
        name=f"{config.experiment}-{folder.path.name}",
        emotions=data.labels.names,
        input=config.input,
        target=config.target,
        architecture=config.model.model_dump(mode="json"),
        parameters=sum(p.numel() for p in classifier.parameters()),
        trained_parameters=fitted.trained_parameters,
        training_data=facts.data,
        encoder=_encoder_facts(classifier),
        origin=trained.origin,
        validation_uar=validated,
        notes=_notes(config, facts, earlier),
    )
    if confidence is None:
        assert validation is not None
        model = EmotionModel(OnnxRuntime(folder.model / GRAPH), specification)
        confidence = _fit_calibration(model, validation, speakers)
    write_specification(folder.model, specification.model_copy(update=asdict(confidence)))


@dataclass(frozen=True)
class _Trained:
    """What a training leaves.

    Parameters
    ----------
    fitted : the classifier.
    validation : the part that its epochs were judged by, where there is one.
    speakers : (speaker, 2, feature) statistics, where it needs them.
    earlier, origin : the classifier that it started from, and what it has of it.
    """

    fitted: Fitted
    validation: ClipDataset | None
    speakers: torch.Tensor | None
    earlier: Pretrained | None
    origin: PretrainedFrom | None


def _train_in_processes(
    folder: RunFolder, config: RunConfig, data: RunData, split: Split, report: Report
) -> _Trained:
    """Train here, or in as many new processes as the settings want on this machine."""
    count = processes_here(config.training)
    if count == 1 or get_world_size() > 1 or folder.trained.exists():
        return _train(folder, config, data, split, report=report)
    in_processes(count, _train, (folder, config, data, split), config.training, report)
    # Nothing is left to train, and the processes have reported everything.
    return _train(folder, config, data, split, report=ignore)


def _train(
    folder: RunFolder, config: RunConfig, data: RunData, split: Split, *, report: Report
) -> _Trained:
    training, validation = make_datasets(config, data, split)
    classifier = build_classifier(config, training, len(data.labels))
    earlier, origin = find_pretrained(config, data, split), None
    if earlier is not None:
        names = data.labels.names
        origin = warm_start(earlier, classifier, config, names, folder.transfer, report)
    speakers = statistics_by_speaker(classifier, training, validation)
    fitted = fit(
        classifier,
        training,
        validation,
        config.training,
        emotions=data.labels.names,
        folder=folder,
        report=report,
        speaker_statistics=speakers,
    )
    return _Trained(fitted, validation, speakers, earlier, origin)


def _encoder_facts(classifier: EmotionClassifier) -> EncoderFacts | None:
    if not isinstance(classifier.frontend, Encoder):
        return None
    found = classifier.frontend.description
    return EncoderFacts(name=found.name, revision=found.revision, fingerprint=found.fingerprint)


def _notes(config: RunConfig, facts: TrainingPart, earlier: Pretrained | None) -> tuple[str, ...]:
    """What every report of the model must say."""
    encoder = encoder_name(config.model.model_dump(mode="json"))
    seen = seen_by_encoder(encoder, [d.corpus for d in facts.data]) if encoder is not None else ()
    inherited = earlier.warnings if earlier is not None else ()
    notes = (*facts.warnings, *config.model.standardisation.notes, *seen, *inherited)
    return tuple(dict.fromkeys(notes))


def require_audible_clips(config: RunConfig, classifier: EmotionClassifier) -> None:
    """Raise `ConfigError` where a clip may be too short for the network, or too long."""
    least = classifier.minimum_samples / config.input.sample_rate
    if config.input.minimum_seconds < least:
        raise ConfigError(
            f"input.minimum_seconds: {config.input.minimum_seconds:g} is shorter than this network "
            f"can hear: set it to {least:.3f} or more, or use fewer blocks or a shorter hop_length"
        )
    most = getattr(classifier.frontend, "maximum_samples", None)
    if most is not None and config.input.seconds * config.input.sample_rate > most:
        raise ConfigError(
            f"input.seconds: {config.input.seconds:g} is longer than this encoder can hear: set it "
            f"to {most / config.input.sample_rate:g} or less"
        )
    if config.input.seconds < config.input.minimum_seconds:
        raise ConfigError(
            f"input.seconds: {config.input.seconds:g} is below input.minimum_seconds "
            f"({config.input.minimum_seconds:g}): no clip would be accepted"
        )


def _fit_calibration(
    model: EmotionModel, validation: ClipDataset, speakers: torch.Tensor | None
) -> Calibration:
    """Temperature and threshold that fit the validation part best."""
    clips = [clip.samples() for clip in validation.clips]
    table = None if speakers is None else list(speakers.numpy()[validation.speaker_indices])
    return fit_calibration(model.crop_logits(clips, table), validation.targets)
