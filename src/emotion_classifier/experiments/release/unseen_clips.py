"""Temperature and thresholds of published weights, fitted on clips that models of the same settings were not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from emotion_classifier.corpora.splits import Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.experiments.cross_validation.left_out_corpora import LeaveOneCorpusOut
from emotion_classifier.experiments.data.load import RunData, evenly_spaced
from emotion_classifier.experiments.release.recordings import (
    predict_recordings,
    recording_threshold,
)
from emotion_classifier.experiments.train.calibration import Calibration, fit_calibration
from emotion_classifier.inference.emotion_model import EmotionModel, Logits
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import read_specification
from emotion_classifier.runs.predictions_file import read_predictions
from emotion_classifier.runs.run_folder import RunFolder

SPEAKERS_PER_CORPUS = 3
"""Speakers of a corpus whose clips are joined to recordings."""
_LOWEST_LOGIT = -1e4


class UnseenClips(NamedTuple):
    """Clips of speakers that the model of a run was not trained on."""

    run: RunFolder
    utterances: list[Utterance]


def validation_clips(runs: Sequence[RunFolder], data: RunData) -> list[UnseenClips]:
    """The validation part of each run."""
    return [UnseenClips(run, data.part(Split.load(run.split), "validation")) for run in runs]


def clips_of_left_out_corpora(result: LeaveOneCorpusOut, data: RunData) -> list[UnseenClips]:
    """Each corpus with the model that was trained on the others; as many clips of each corpus.

    Clips of emotions that this model lacks are left out.
    """
    unseen = []
    for run, row in zip(result.runs, result.matrix.rows, strict=True):
        labels = read_specification(run.model).labels
        own = [u for u in data.utterances if u.corpus == row.name and u.emotion in labels]
        unseen.append(UnseenClips(run, own))
    fewest = min(len(own) for _, own in unseen)
    return [UnseenClips(run, list(evenly_spaced(own, fewest))) for run, own in unseen]


def left_out_predictions(result: LeaveOneCorpusOut) -> list[LabelledPredictions]:
    """The predictions of each corpus by the model that was trained on the others."""
    found = []
    for run, row in zip(result.runs, result.matrix.rows, strict=True):
        predictions = read_predictions(run.predictions)
        found.append(predictions.select(np.array(predictions.corpora, dtype=object) == row.name))
    return found


def fit_clips(
    unseen: Sequence[UnseenClips], data: RunData, risk: float | None = None
) -> Calibration:
    """The calibration fitted on the clips of all runs together; for `risk` see `fit_calibration`."""
    logits: list[Logits] = []
    targets, corpora = [], []
    for run, utterances in unseen:
        clips = [data.clips[utterance.id].samples() for utterance in utterances]
        model = EmotionModel.load(run.model)
        logits += [widened(one, model.labels, data.labels) for one in model.crop_logits(clips)]
        targets.append(data.targets(utterances))
        corpora += [utterance.corpus for utterance in utterances]
    return fit_calibration(logits, np.concatenate(targets), corpora, risk=risk)


def widened(logits: Logits, own: LabelSet, labels: LabelSet) -> Logits:
    """Logits (crop, emotion) for more emotions, whose probability is zero."""
    wide = np.full((len(logits), len(labels)), _LOWEST_LOGIT, np.float32)
    wide[:, labels.indices(own.names)] = logits
    return wide


def fit_recordings(
    unseen: Sequence[UnseenClips], data: RunData, temperature: float
) -> float | None:
    """The threshold of recordings joined from the clips of all runs; see `recording_threshold`."""
    predicted = []
    for run, utterances in unseen:
        predictor = _with_temperature(run, temperature)
        predicted += predict_recordings(predictor, _of_some_speakers(utterances), data.clips)
    return recording_threshold(predicted)


def _of_some_speakers(utterances: Sequence[Utterance]) -> list[Utterance]:
    """The clips of at most `SPEAKERS_PER_CORPUS` speakers of each corpus, evenly spaced."""
    speakers: dict[str, dict[str, None]] = {}
    for utterance in utterances:
        speakers.setdefault(utterance.corpus, {})[utterance.speaker] = None
    chosen = {
        (corpus, speaker)
        for corpus, own in speakers.items()
        for speaker in evenly_spaced(sorted(own), SPEAKERS_PER_CORPUS)
    }
    return [u for u in utterances if (u.corpus, u.speaker) in chosen]


def test_predictions(runs: Sequence[RunFolder], temperature: float) -> LabelledPredictions:
    """The predictions of each run on its test part, as with the temperature of the published model."""
    return concatenate(
        [
            read_predictions(run.predictions).with_temperature(
                read_specification(run.model).temperature, temperature
            )
            for run in runs
        ]
    )


def _with_temperature(run: RunFolder, temperature: float) -> Predictor:
    model = EmotionModel.load(run.model)
    specification = model.specification.model_copy(update={"temperature": temperature})
    return Predictor(EmotionModel(model.runtime, specification))
