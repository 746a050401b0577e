"""The training of a planned run, up to its model folder."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from emotion_classifier.experiments.data.load import TrainingPart
from emotion_classifier.experiments.train.calibration import Calibration, fit_calibration
from emotion_classifier.experiments.train.plan import (
    RunPlan,
    build_classifier,
    build_datasets,
    fit_statistics,
    statistics_by_speaker,
)
from emotion_classifier.experiments.train.pretrained import warm_start
from emotion_classifier.experiments.train.soft_targets import with_soft_targets
from emotion_classifier.experiments.train.teachers import distillation_facts
from emotion_classifier.inference.emotion_model import EmotionModel
from emotion_classifier.inference.onnx_model import OnnxRuntime
from emotion_classifier.model_folder.folder import GRAPH, write_specification
from emotion_classifier.model_folder.pretraining_data import licence_warnings, seen_by_encoder
from emotion_classifier.model_folder.specification import (
    EncoderFacts,
    ModelSpecification,
    PretrainedFrom,
)
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.models.export.onnx import save_weights
from emotion_classifier.progress import Progress, Report, ignore
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.checkpoints.selection import Fitted
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.distributed.collectives import get_rank, get_world_size
from emotion_classifier.training.distributed.devices import processes_here
from emotion_classifier.training.distributed.spawn import in_processes
from emotion_classifier.training.fit import fit
from emotion_classifier.training.logging.callbacks import AfterEpoch


def train_model(
    folder: RunFolder,
    plan: RunPlan,
    progress: Report = ignore,
    calibration: Calibration | None = None,
) -> None:
    """Train, from the last whole epoch of `folder`, and write its model folder, ``model.yaml`` last.

    Of several processes the first one writes.

    Parameters
    ----------
    plan : its split may have no validation part where `calibration` is given; see `fit` for the
        settings that this needs.
    progress : receives the progress of the training.
    calibration : of the model; None fits it on the validation part.
    """
    trained = _train_in_processes(folder, plan, progress)
    if get_rank() > 0:
        return
    config, fitted, classifier = plan.config, trained.fitted, trained.fitted.classifier
    validated = fitted.validation_uar
    score = "" if validated is None else f": validation UAR {validated:.3f}"
    progress(Progress(f"keeping {fitted.origin}{score}; writing the model"))
    save_weights(folder.model, classifier, config.input.sample_rate)
    training = plan.data.training_part(plan.split)
    encoder = _encoder_facts(classifier)
    specification = ModelSpecification(
        name=f"{config.experiment}-{folder.path.name}",
        emotions=plan.data.labels.names,
        input=config.input,
        target=config.target,
        architecture=config.model.model_dump(mode="json"),
        parameters=sum(p.numel() for p in classifier.parameters()),
        trained_parameters=fitted.trained_parameters,
        training_data=training.data,
        encoder=encoder,
        origin=trained.origin,
        distillation=distillation_facts(config.distillation, plan.teachers),
        validation_uar=validated,
        notes=_notes(plan, training, encoder),
    )
    if calibration is None:
        assert trained.validation is not None
        model = EmotionModel(
            OnnxRuntime(folder.model / GRAPH, threads=torch.get_num_threads()), specification
        )
        calibration = _calibrate(model, plan, trained, progress)
    notes = (*specification.notes, *calibration.notes)
    update = {**calibration.fields, "notes": notes}
    write_specification(folder.model, specification.model_copy(update=update))


@dataclass(frozen=True)
class FittedPlan:
    """The result of a training; `speakers` are statistics (speaker, 2, feature)."""

    fitted: Fitted
    validation: ClipDataset | None
    speakers: torch.Tensor | None
    origin: PretrainedFrom | None


def _train_in_processes(folder: RunFolder, plan: RunPlan, progress: Report) -> FittedPlan:
    """Train here, or in as many new processes as the settings require on this machine."""
    training = plan.config.training
    count = processes_here(training)
    if count == 1 or get_world_size() > 1 or folder.trained.exists():
        return fit_plan(folder, plan, report=progress)
    in_processes(count, fit_plan, (folder, plan.for_processes()), training, progress)
    # Nothing is left to train, and the processes have reported everything.
    return fit_plan(folder, plan, report=ignore)


def fit_plan(
    folder: RunFolder, plan: RunPlan, *, report: Report, after_epoch: AfterEpoch | None = None
) -> FittedPlan:
    """The classifier of a plan, trained in this process from the last whole epoch of `folder`.

    Parameters
    ----------
    folder : for checkpoints, history and TensorBoard events.
    report : receives the progress.
    after_epoch : see `fit`.
    """
    config, emotions = plan.config, plan.data.labels.names
    classifier = plan.classifier or build_classifier(config, len(emotions))
    training, validation = build_datasets(config, plan.data, plan.split, plan.augmentation)
    fit_statistics(classifier, config, training)
    origin = None
    if plan.pretrained is not None:
        origin = warm_start(classifier, plan.pretrained, config, emotions, folder.transfer, report)
    speakers = statistics_by_speaker(classifier, training, validation)
    if config.distillation is not None and not folder.trained.exists():
        training = with_soft_targets(
            training,
            plan.data.part(plan.split, "train"),
            plan.teachers,
            config.distillation,
            folder.teacher,
            report,
            of_corpus_only=config.training.absent_emotions == "ignored",
        )
    fitted = fit(
        classifier,
        training,
        validation,
        config.training,
        emotions=emotions,
        folder=folder,
        report=report,
        speaker_statistics=speakers,
        kept_share=origin.kept_share if origin is not None else 0.0,
        after_epoch=after_epoch,
    )
    return FittedPlan(fitted, validation, speakers, origin)


def _encoder_facts(classifier: EmotionClassifier) -> EncoderFacts | None:
    if not isinstance(classifier.frontend, Encoder):
        return None
    found = classifier.frontend.description
    return EncoderFacts(
        name=found.name,
        revision=found.revision,
        fingerprint=found.fingerprint,
        licence=found.licence,
    )


def _notes(plan: RunPlan, training: TrainingPart, encoder: EncoderFacts | None) -> tuple[str, ...]:
    """Sentences that every report on the model repeats."""
    inherited = plan.pretrained.warnings if plan.pretrained is not None else ()
    taught = [warning for teacher in plan.teachers for warning in teacher.warnings]
    encoder_notes = _encoder_notes(training, encoder)
    standardised = plan.config.model.standardisation.notes
    notes = (*training.warnings, *standardised, *encoder_notes, *inherited, *taught)
    return tuple(dict.fromkeys(notes))


def _encoder_notes(training: TrainingPart, encoder: EncoderFacts | None) -> tuple[str, ...]:
    if encoder is None:
        return ()
    seen = seen_by_encoder(encoder.name, [one.corpus for one in training.data])
    return (*seen, *licence_warnings(encoder.name, encoder.licence))


def _calibrate(
    model: EmotionModel, plan: RunPlan, trained: FittedPlan, progress: Report
) -> Calibration:
    """Temperatures and threshold that fit the validation part best."""
    validation, speakers = trained.validation, trained.speakers
    assert validation is not None
    clips = [clip.samples() for clip in validation.clips]
    table = None if speakers is None else list(speakers.numpy()[validation.speaker_indices])
    found = fit_calibration(
        model.crop_logits(clips, table),
        validation.targets,
        [utterance.corpus for utterance in plan.data.part(plan.split, "validation")],
        risk=plan.config.training.risk,
    )
    for note in found.notes:
        progress(Progress(f"warning: {note}"))
    return found
