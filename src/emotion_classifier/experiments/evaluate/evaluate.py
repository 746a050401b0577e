"""Scores of a model on labelled clips that it was not trained on, through the public predictor."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emotion_classifier.corpora.corpus import Problem
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet, Prediction
from emotion_classifier.errors import AudioError, ConfigError, EvaluationError, storage_errors
from emotion_classifier.evaluation.baselines import trivial_baselines
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.rejection import fit_risk_threshold
from emotion_classifier.evaluation.report.page import to_tables, write_report
from emotion_classifier.evaluation.report.provenance import Efficiency, Provenance
from emotion_classifier.evaluation.report.report import Report, make_report
from emotion_classifier.experiments.data.corpus_facts import corpus_facts
from emotion_classifier.experiments.data.load import (
    DataConfig,
    TrainingPart,
    write_problems,
)
from emotion_classifier.experiments.evaluate.misclassified import write_misclassified
from emotion_classifier.experiments.evaluate.report_facts import (
    corpus_temperature,
    model_facts,
    report_origin,
)
from emotion_classifier.experiments.evaluate.selection import open_run, select_clips
from emotion_classifier.experiments.evaluate.training_overlap import PartOrAll
from emotion_classifier.inference.bundled import model_folder
from emotion_classifier.inference.emotion_model import EmotionModel
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.pretraining_data import encoder_name, seen_by_encoder
from emotion_classifier.progress import Progress, ignore, track
from emotion_classifier.progress import Report as ProgressReport
from emotion_classifier.rendering.tables import to_text
from emotion_classifier.runs.history import EpochRow
from emotion_classifier.runs.predictions_file import write_predictions
from emotion_classifier.runs.run_folder import require_no_run


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The predictions of a model on labelled clips, the files without, and the scores."""

    predictions: LabelledPredictions
    failed: tuple[Problem, ...]
    report: Report


def evaluate_clips(
    predictor: Predictor,
    utterances: Sequence[Utterance],
    *,
    title: str,
    training: TrainingPart | None = None,
    origin: Mapping[str, str] | None = None,
    history: Sequence[EpochRow] = (),
    kept_epoch: int | None = None,
    provenance: Provenance | None = None,
    warnings: Iterable[str] = (),
    seed: int = 0,
    progress: ProgressReport = ignore,
) -> Evaluation:
    """Predict every clip and score the predictions.

    Parameters
    ----------
    utterances : of speakers that the model was not trained on, with emotions of the model.
    title : of the report.
    training : the training part, for baselines; None where it is unknown.
    origin : date, command and versions, for the head of the report.
    history : of the training.
    kept_epoch : the epoch whose weights the model has.
    provenance : data, files and selection; size and speed are added.
    warnings : reasons to doubt the score, beside the notes of the model itself.
    seed : of the bootstrap.
    progress : receives the progress of the prediction.

    Raises
    ------
    EvaluationError
        No clip could be predicted.
    """
    started = time.perf_counter()
    predictions, failed, no_speech = predict_clips(predictor, utterances, progress)
    seconds = time.perf_counter() - started
    specification = predictor.specification
    encoder = encoder_name(specification.architecture)
    seen = () if encoder is None else seen_by_encoder(encoder, {u.corpus for u in utterances})
    all_warnings = [*specification.notes, *seen, *warnings]
    if failed:
        all_warnings.append(
            f"{len(failed)} of {len(utterances)} clips could not be predicted and are not scored, "
            f"first {failed[0].path}: {failed[0].message}"
        )
    if no_speech:
        all_warnings.append(
            f"{no_speech} of {len(predictions)} clips have too little speech for a prediction and "
            "are scored with the same probability for each emotion"
        )
    report = make_report(
        predictions,
        title=title,
        trivial=trivial_baselines(predictions, training.emotions, training.durations_seconds)
        if training
        else (),
        target=specification.target,
        facts=model_facts(specification),
        warnings=tuple(dict.fromkeys(all_warnings)),
        origin=origin,
        history=[row.record for row in history],
        kept_epoch=kept_epoch,
        uncertain_below=specification.uncertain_below,
        temperature=specification.temperature,
        corpus_temperature=corpus_temperature(specification, predictions),
        provenance=replace(
            provenance or Provenance(),
            trained_on=tuple(one.corpus for one in specification.all_training_data),
            efficiency=Efficiency(
                parameters=specification.parameters or None,
                size_bytes=predictor.model.runtime.size_bytes,
                seconds_per_second=seconds / float(predictions.durations_seconds.sum()),
            ),
        ),
        seed=seed,
    )
    return Evaluation(predictions, failed, report)


def predict_clips(
    predictor: Predictor, utterances: Sequence[Utterance], progress: ProgressReport = ignore
) -> tuple[LabelledPredictions, tuple[Problem, ...], int]:
    """The clips with the model's probabilities, the files without, and the number without speech.

    Raises
    ------
    EvaluationError
        No clip could be predicted.
    """
    results = predictor.predict_many(
        [u.path for u in utterances], [u.speaker_id for u in utterances]
    )
    predicted: list[Utterance] = []
    predictions: list[Prediction] = []
    failed: list[Problem] = []
    tracked = track(results, "predicting", len(utterances), progress)
    for utterance, result in zip(utterances, tracked, strict=True):
        if isinstance(result, AudioError):
            failed.append(Problem(utterance.path, result.code, result.reason))
        else:
            predicted.append(utterance)
            predictions.append(result)
    if not predicted:
        first = f", first {failed[0].path}: {failed[0].message}" if failed else ""
        raise EvaluationError(f"none of {len(utterances)} clips could be predicted{first}")
    labelled = label_predictions(
        predictor.labels,
        predicted,
        np.array([p.duration_seconds for p in predictions]),
        np.stack([p.probabilities for p in predictions]),
    )
    return labelled, tuple(failed), sum(not p.has_speech for p in predictions)


def write_evaluation(
    evaluation: Evaluation, folder: Path | None, progress: ProgressReport = ignore
) -> None:
    """Report the scores as tables; write predictions and report into `folder`, unless None."""
    for table in to_tables(evaluation.report):
        progress(Progress(to_text(table)))
    for warning in evaluation.report.warnings:
        progress(Progress(f"warning: {warning}"))
    if folder is None:
        return
    with storage_errors(folder, "Choose another folder."):
        folder.mkdir(parents=True, exist_ok=True)
    write_predictions(folder / "predictions.csv", evaluation.predictions)
    if evaluation.failed:
        write_problems(folder / "unanswered.csv", evaluation.failed)
    write_report(evaluation.report, folder)


def label_predictions(
    labels: LabelSet,
    utterances: Sequence[Utterance],
    durations_seconds: npt.NDArray[np.float64],
    probabilities: npt.NDArray[np.float32],
) -> LabelledPredictions:
    """Utterances with the probabilities that a model predicted; at least one.

    Parameters
    ----------
    durations_seconds : (utterance,) of the whole clips.
    probabilities : (utterance, emotion) in the order of `labels`.
    """
    perceived = np.stack([labels.distribution(u.perceived or {}) for u in utterances])
    attributes = dict.fromkeys(name for u in utterances for name in u.speaker_attributes)
    return LabelledPredictions(
        labels=labels,
        ids=tuple(u.id for u in utterances),
        files=tuple(str(u.path) for u in utterances),
        corpora=tuple(u.corpus for u in utterances),
        speakers=tuple(u.speaker_id for u in utterances),
        sexes=tuple(u.sex for u in utterances),
        intensities=tuple(u.intensity for u in utterances),
        durations_seconds=durations_seconds,
        true=labels.indices([u.emotion for u in utterances]),
        probabilities=probabilities,
        perceived=None if np.isnan(perceived).all() else perceived,
        speaker_attributes={
            name: tuple(u.speaker_attributes.get(name) for u in utterances) for name in attributes
        },
    )


def evaluate(
    model: Path | str | Predictor,
    data: DataConfig | None = None,
    *,
    part: PartOrAll = "test",
    output: Path | None = None,
    misclassified: int = 0,
    risk: float | None = None,
    progress: ProgressReport = ignore,
) -> Evaluation:
    """The scores of a saved model on a part of its own run, or of other corpora.

    Clips of emotions that the model lacks are left out.

    Parameters
    ----------
    model : a run or model folder, the name of a bundled model, or a predictor.
    data : corpora and how they are split; None takes those of the run, with the split it saved.
    part : of the corpora to predict; ``all`` takes every clip.
    output : folder for predictions and report; None writes none.
    misclassified : at most so many misclassified clips are copied into `output`.
    risk : highest share of wrong predictions among the clips of the run's validation part that are not
        uncertain, which sets the threshold; None takes the threshold of the model.
    progress : receives progress, messages and the tables of scores.

    Raises
    ------
    RunError
        `data` is None and `model` is not the folder of a run; `output` is one.
    ConfigError
        `risk` and `data` are both given: only a run has a validation part.
    LabelError
        The clips have no emotion of the model.
    """
    if risk is not None and data is not None:
        raise ConfigError(
            "a risk needs the validation part of the model's own run: name a run, without corpora"
        )
    if output is not None:
        require_no_run(output)
    run = open_run(model) if data is None else None
    predictor = model if isinstance(model, Predictor) else Predictor.load(model)
    folder = None if isinstance(model, Predictor) else model_folder(model)
    selected = select_clips(predictor, data, run=run, part=part, folder=folder, progress=progress)
    if risk is not None:
        validation = selected.data.part(selected.split, "validation")
        predictor = with_risk(predictor, validation, risk, progress)
    evaluation = evaluate_clips(
        predictor,
        selected.clips,
        title=f"{predictor.specification.name} on {selected.description}",
        training=selected.training,
        origin=report_origin(selected.config),
        provenance=Provenance(corpora=corpus_facts(selected.data)),
        warnings=selected.warnings,
        seed=selected.config.seed,
        progress=progress,
    )
    if output is not None and misclassified:
        pages, title = output / "misclassified", evaluation.report.title
        index = write_misclassified(evaluation.predictions, pages, misclassified, title)
        progress(Progress(f"misclassified clips: {index}"))
    write_evaluation(evaluation, output, progress)
    return evaluation


def with_risk(
    predictor: Predictor, validation: Sequence[Utterance], risk: float, progress: ProgressReport
) -> Predictor:
    """The predictor with the lowest threshold that has at most this risk on the validation part.

    Where none has it, with that of the lowest risk, and a warning.
    """
    clips = predict_clips(predictor, validation, progress)[0]
    found = fit_risk_threshold(clips.confidence, clips.correct, risk)
    text = (
        f"uncertain below {found.threshold:.3f}: risk {found.risk:.1%} on the validation part, of which "
        f"{found.coverage:.0%} is accepted; for other commands --uncertain-below {found.threshold:.3f}"
    )
    if not found.is_reached:
        text = f"warning: no threshold has a risk of {risk:.1%}; the lowest is used, {text}"
    progress(Progress(text))
    update = {"uncertain_below": found.threshold}
    specification = predictor.specification.model_copy(update=update)
    model = EmotionModel(predictor.model.runtime, specification)
    return Predictor(model, predictor.config, maximum_seconds=predictor.maximum_seconds)
