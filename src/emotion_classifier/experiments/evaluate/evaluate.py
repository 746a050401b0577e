"""Scores of a model on labelled clips that it was not trained on, through the public predictor."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from emotion_classifier.corpora.corpus import Problem
from emotion_classifier.corpora.splits import Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet, Prediction
from emotion_classifier.errors import AudioError, EvaluationError, LabelError, storage_errors
from emotion_classifier.evaluation.baselines import trivial_baselines
from emotion_classifier.evaluation.metrics import confusion, uar
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.report.page import to_tables, write_report
from emotion_classifier.evaluation.report.report import PREDICTION_SHARE, Report, make_report
from emotion_classifier.evaluation.report.tables import percent
from emotion_classifier.experiments.data.load import (
    DataConfig,
    RunData,
    TrainingPart,
    load_corpora,
    saved_data_config,
    split_corpora,
    write_problems,
)
from emotion_classifier.experiments.evaluate.misclassified import write_misclassified
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.pretraining_data import (
    encoder_name,
    encoder_text,
    seen_by_encoder,
)
from emotion_classifier.model_folder.specification import ModelSpecification, TrainingData
from emotion_classifier.progress import Progress, ignore, track
from emotion_classifier.progress import Report as ProgressReport
from emotion_classifier.rendering.tables import to_text
from emotion_classifier.runs.environment import describe_environment, origin
from emotion_classifier.runs.history import EpochRow
from emotion_classifier.runs.predictions_file import write_predictions
from emotion_classifier.runs.run_folder import RunFolder


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
    warnings : reasons to doubt the score, beside the notes of the model itself.
    seed : of the bootstrap.
    progress : receives the progress of the prediction.

    Raises
    ------
    EvaluationError
        No clip could be predicted.
    """
    started = time.monotonic()
    predictions, failed, no_speech = predict_clips(predictor, utterances, progress)
    share = (time.monotonic() - started) / float(predictions.durations_seconds.sum())
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
        facts=_facts(specification),
        warnings=tuple(dict.fromkeys(all_warnings)),
        origin={**(origin or {}), PREDICTION_SHARE: f"{share:.6f}"},
        history=[row.record for row in history],
        kept_epoch=kept_epoch,
        uncertain_below=specification.uncertain_below,
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


def fold_facts(folds: Mapping[str, LabelledPredictions]) -> Mapping[str, object]:
    """UAR of each fold by its name, and their mean."""
    scores = {
        name: float(uar(confusion(fold.true, fold.predicted, len(fold.labels))))
        for name, fold in folds.items()
    }
    scores["mean of the folds"] = float(np.mean([*scores.values()]))
    return {name: f"UAR {percent(score)}" for name, score in scores.items()}


def training_text(data: Iterable[TrainingData]) -> str:
    """Names, sizes and licences of training corpora, separated by commas."""
    return ", ".join(
        f"{one.corpus} ({one.clips} clips, {one.speakers} speakers, {one.licence})" for one in data
    )


def _facts(specification: ModelSpecification) -> Mapping[str, object]:
    return {
        "model": specification.name,
        **_pretraining_facts(specification),
        "parameters": specification.parameters,
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


PartOrAll = Literal["train", "validation", "test", "all"]
NAME_A_CORPUS = "name a corpus to evaluate on with --corpus KIND=PATH"


def evaluate(
    model: Path | str,
    data: DataConfig | None = None,
    *,
    part: PartOrAll = "test",
    output: Path | None = None,
    misclassified: int = 0,
    progress: ProgressReport = ignore,
) -> Evaluation:
    """The scores of a saved model on a part of its own run, or of other corpora.

    Clips of emotions that the model lacks are left out.

    Parameters
    ----------
    model : a run or model folder, or the name of a bundled model.
    data : corpora and how they are split; None takes those of the run, with the split it saved.
    part : of the corpora to predict; ``all`` takes every clip.
    output : folder for predictions and report; None writes none.
    misclassified : at most so many misclassified clips are copied into `output`.
    progress : receives progress, messages and the tables of scores.

    Raises
    ------
    RunError
        `data` is None and `model` is not the folder of a run.
    LabelError
        The clips have no emotion of the model.
    """
    run = RunFolder.open(Path(model), NAME_A_CORPUS) if data is None else None
    config = saved_data_config(run) if run is not None else data
    assert config is not None
    predictor = Predictor.load(model)
    loaded = load_corpora(config, predictor.model.input, progress, known=predictor.labels)
    split = Split({})
    if run is not None:
        split = loaded.saved_split(run.split)
    elif part != "all":
        split = split_corpora(loaded, config)
    for account in loaded.accounts:
        progress(Progress("\n".join(account)))
    clips = loaded.utterances if part == "all" else loaded.part(split, part)
    corpora = ", ".join(sorted({u.corpus for u in loaded.utterances}))
    described = "all clips" if part == "all" else f"{part} part"
    evaluation = evaluate_clips(
        predictor,
        known_clips(clips, predictor.labels),
        title=f"{predictor.specification.name} on {corpora} ({described})",
        training=loaded.training_part(split) if run is not None else None,
        origin=report_origin(config),
        warnings=[
            *_seen_warnings(predictor, loaded, part, own_run=run is not None),
            *_unknown_emotions(clips, predictor.labels),
        ],
        seed=config.seed,
        progress=progress,
    )
    if output is not None and misclassified:
        pages, title = output / "misclassified", evaluation.report.title
        index = write_misclassified(evaluation.predictions, pages, misclassified, title)
        progress(Progress(f"misclassified clips: {index}"))
    write_evaluation(evaluation, output, progress)
    return evaluation


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
    return {**environment, **texts, "seed": str(config.seed)}


def known_clips(
    clips: Sequence[Utterance], labels: LabelSet, progress: ProgressReport = ignore
) -> list[Utterance]:
    """The clips with emotions of a model; the others are reported.

    Raises
    ------
    LabelError
        There are none.
    """
    known = [u for u in clips if u.emotion in labels]
    if not known:
        unknown = sorted({u.emotion for u in clips})
        raise LabelError(
            f"the clips hold {', '.join(unknown) or 'nothing'}, the model predicts {', '.join(labels)}: "
            "map names with labels.merge, or choose another model"
        )
    for line in _unknown_emotions(clips, labels):
        progress(Progress(line))
    return known


def _unknown_emotions(clips: Sequence[Utterance], labels: LabelSet) -> Iterable[str]:
    """A sentence about the clips that are left out, where there are any."""
    unknown = Counter(u.emotion for u in clips if u.emotion not in labels)
    if unknown:
        emotions = ", ".join(sorted(unknown))
        yield f"left out: {unknown.total()} clips of {emotions}, which the model lacks"


def _seen_warnings(
    predictor: Predictor, data: RunData, part: PartOrAll, *, own_run: bool
) -> Iterable[str]:
    """Warnings where the model may have been trained on these clips."""
    if own_run:
        if part != "test":
            yield f"These clips are the {part} part of the model's own run: the score is too good."
        return
    seen = {one.corpus for one in predictor.specification.all_training_data}
    for corpus in sorted(seen & {u.corpus for u in data.utterances}):
        yield (
            f"The model was trained on {corpus}: speakers of its training part may be among these "
            "clips, and the score is then too good. Evaluate the run itself on its unseen speakers."
        )
