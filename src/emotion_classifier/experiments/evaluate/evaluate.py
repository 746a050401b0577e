"""Score a model folder on clips it must not have seen, through the predictor that serves users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track

from emotion_classifier.corpora.corpus import Problem
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet, Prediction
from emotion_classifier.errors import AudioError, EvaluationError, storage_errors
from emotion_classifier.evaluation.baselines import trivial_baselines
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.report.page import to_tables, write_report
from emotion_classifier.evaluation.report.report import Report, make_report
from emotion_classifier.experiments.data.load import TrainingPart, write_left_out
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.pretraining_data import (
    encoder_name,
    encoder_text,
    seen_by_encoder,
)
from emotion_classifier.model_folder.specification import ModelSpecification, TrainingData
from emotion_classifier.rendering.tables import to_rich
from emotion_classifier.runs.history import EpochRow
from emotion_classifier.runs.predictions_file import write_predictions


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a model answered to each clip, and the scores of that.

    Parameters
    ----------
    scored : one row for each clip.
    unanswered : files that the model could not answer, each with the reason.
    report : the scores.
    """

    scored: LabelledPredictions
    unanswered: tuple[Problem, ...]
    report: Report


def evaluate_clips(
    predictor: Predictor,
    test: Sequence[Utterance],
    *,
    title: str,
    console: Console,
    training: TrainingPart | None = None,
    history: Sequence[EpochRow] = (),
    warnings: Iterable[str] = (),
    seed: int = 0,
) -> Evaluation:
    """Predict every clip and score the answers.

    Parameters
    ----------
    predictor : of the model.
    test : clips of speakers that the model was not trained on, with emotions that it knows.
    title : of the report.
    training : the training part, for baselines; None where it is unknown.
    history : of the training.
    warnings : what makes the score doubtful, beside the notes of the model itself.
    seed : of the bootstrap.

    Raises
    ------
    EvaluationError
        No clip could be answered.
    """
    scored, unanswered, no_speech = answer(predictor, test, console)
    all_warnings = [
        *predictor.specification.notes,
        *_known_data(predictor, {u.corpus for u in test}),
        *warnings,
    ]
    if unanswered:
        all_warnings.append(
            f"{len(unanswered)} of {len(test)} clips could not be answered and are not scored, "
            f"first {unanswered[0].path}: {unanswered[0].message}"
        )
    if no_speech:
        all_warnings.append(
            f"{no_speech} of {len(scored)} clips have too little speech for a prediction and are scored "
            "with the same probability for each emotion"
        )
    report = make_report(
        scored,
        title=title,
        trivial=trivial_baselines(scored, training.emotions, training.durations_seconds)
        if training
        else (),
        target=predictor.specification.target,
        facts=_facts(predictor),
        warnings=tuple(dict.fromkeys(all_warnings)),
        history=[row.record for row in history],
        uncertain_below=predictor.specification.uncertain_below,
        seed=seed,
    )
    return Evaluation(scored, unanswered, report)


def answer(
    predictor: Predictor, test: Sequence[Utterance], console: Console
) -> tuple[LabelledPredictions, tuple[Problem, ...], int]:
    """The clips with the model's probabilities, the files without, and the number without speech.

    Raises
    ------
    EvaluationError
        No clip could be answered.
    """
    answers = predictor.predict_many([u.path for u in test], [u.speaker_id for u in test])
    shown = track(
        answers,
        "predicting",
        total=len(test),
        console=console,
        disable=not console.is_terminal,
    )
    answered: list[Utterance] = []
    predictions: list[Prediction] = []
    unanswered: list[Problem] = []
    for utterance, result in zip(test, shown, strict=True):
        if isinstance(result, AudioError):
            unanswered.append(Problem(utterance.path, result.code, result.reason))
        else:
            answered.append(utterance)
            predictions.append(result)
    if not answered:
        first = f", first {unanswered[0].path}: {unanswered[0].message}" if unanswered else ""
        raise EvaluationError(f"none of {len(test)} clips could be answered{first}")
    scored = tabulate(
        predictor.labels,
        answered,
        np.array([p.duration_seconds for p in predictions]),
        np.stack([p.probabilities for p in predictions]),
    )
    return scored, tuple(unanswered), sum(not p.has_speech for p in predictions)


def write_evaluation(evaluation: Evaluation, folder: Path | None, console: Console) -> None:
    """Print the scores; write predictions and report into `folder`, where there is one."""
    for table in to_tables(evaluation.report):
        console.print(to_rich(table))
    for warning in evaluation.report.warnings:
        console.print(f"warning: {warning}", style="bold red")
    if folder is None:
        return
    with storage_errors(folder, "Choose another folder."):
        folder.mkdir(parents=True, exist_ok=True)
    write_predictions(folder / "predictions.csv", evaluation.scored)
    if evaluation.unanswered:
        write_left_out(folder / "unanswered.csv", evaluation.unanswered)
    write_report(evaluation.report, folder)


def tabulate(
    labels: LabelSet,
    utterances: Sequence[Utterance],
    durations_seconds: npt.NDArray[np.float64],
    probabilities: npt.NDArray[np.float32],
) -> LabelledPredictions:
    """Utterances, of which there is one or more, with the probabilities that a model gave them.

    Parameters
    ----------
    durations_seconds : (utterance,) of the whole clips.
    probabilities : (utterance, emotion) in the order of `labels`.
    """
    perceived = np.stack([labels.distribution(u.perceived or {}) for u in utterances])
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
    )


def training_text(data: Iterable[TrainingData]) -> str:
    """The corpora that a model was trained on, for a reader."""
    return ", ".join(
        f"{one.corpus} ({one.clips} clips, {one.speakers} speakers, {one.licence})" for one in data
    )


def _known_data(predictor: Predictor, corpora: Iterable[str]) -> tuple[str, ...]:
    """What is known of the model's encoder and these corpora."""
    encoder = encoder_name(predictor.specification.architecture)
    return () if encoder is None else seen_by_encoder(encoder, corpora)


def _facts(predictor: Predictor) -> Mapping[str, object]:
    specification = predictor.specification
    return {
        "model": specification.name,
        **_descent(specification),
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


def _descent(specification: ModelSpecification) -> Mapping[str, object]:
    """What the model was made from, where it did not start fresh."""
    facts = {}
    encoder, origin = encoder_name(specification.architecture), specification.origin
    if encoder is not None:
        facts["encoder"] = encoder_text(encoder)
    if origin is not None:
        facts["started from"] = (
            f"{origin.name}: {origin.loaded} weights taken over, {origin.fresh} fresh; "
            f"it was trained on {training_text(origin.training_data)}"
        )
    return facts
