"""Corpora that a model to publish is not trained on, and its predictions of their clips. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import ConfigError
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.experiments.data.load import DataConfig, RunData, load_corpora
from emotion_classifier.experiments.evaluate.evaluate import predict_clips
from emotion_classifier.experiments.evaluate.selection import known_clips
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.progress import Progress, Report


@dataclass(frozen=True)
class LeftOutCorpora:
    """Corpora without those of the training; `utterances` are all clips of them."""

    data: RunData
    utterances: tuple[Utterance, ...]

    def predict(self, predictor: Predictor, progress: Report) -> LeftOutPredictions:
        """The predictions of the clips of emotions that the model has; clips without are reported."""
        progress(Progress("predicting the left-out corpora"))
        clips = known_clips(self.utterances, predictor.labels, progress)
        predictions, failed, _ = predict_clips(predictor, clips, progress)
        for problem in failed:
            progress(Progress(f"warning: not scored: {problem.path}: {problem.message}"))
        return LeftOutPredictions(self, predictions)


@dataclass(frozen=True, eq=False)
class LeftOutPredictions:
    """Predictions of the clips of left-out corpora."""

    corpora: LeftOutCorpora
    predictions: LabelledPredictions


def load_left_out(
    selection: DataConfig, training: DataConfig, model_input: ModelInput, progress: Report
) -> LeftOutCorpora:
    """The corpora of a selection, without those of the same name in the training.

    Raises
    ------
    ConfigError
        None is left.
    """
    trained = {corpus.read().name for corpus in training.corpora}
    data = load_corpora(selection, model_input, progress)
    utterances = tuple(u for u in data.utterances if u.corpus not in trained)
    if not utterances:
        raise ConfigError(
            f"--left-out: the model is trained on all of these corpora ({', '.join(sorted(trained))}): "
            "name one that it is not trained on, or leave the option out"
        )
    return LeftOutCorpora(data, utterances)
